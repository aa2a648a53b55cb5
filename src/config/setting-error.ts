/** A setting that cannot be used. The message says which and why: a stack beside it would only hide that. */
export class SettingError extends Error {}

/** A setting without which nothing works is missing. A TypeError, as applications know it from the original. */
export class MissingSettingError extends TypeError {}
