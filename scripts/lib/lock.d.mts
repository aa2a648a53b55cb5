export function takeLock(path: string): boolean;
export function releaseLock(path: string): void;
