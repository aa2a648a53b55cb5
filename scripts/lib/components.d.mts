/** npm packages per component. */
export declare const npmComponents: Record<string, readonly string[]>;
/** Debian packages per component. */
export declare const debianComponents: Record<
  string,
  { readonly command: string; readonly packages: readonly string[] }
>;
/** Go programs per component, as module path with version. */
export declare const goComponents: Record<string, string>;
/** Rust programs per component, built from their published crates; `prepare` gives variables for the build. */
export declare const cargoComponents: Record<
  string,
  { readonly crate: string; readonly version: string; prepare(folder: string): Record<string, string> }
>;
/** Path of a built Rust program, or undefined. */
export declare function cargoProgram(name: string): string | undefined;
/** Python packages per component. */
export declare const pythonComponents: Record<string, readonly string[]>;
/** The Python that finds an installed Python component, or undefined. */
export declare function componentPython(name: string): string | undefined;
/** Folder of a component that is built from this repository, or undefined. */
export declare function builtComponent(name: string): string | undefined;
/** Path of a built Go program, or undefined. */
export declare function goProgram(name: string): string | undefined;
/** Folder of an installed npm component, or undefined. */
export declare function componentDir(name: string): string | undefined;
/** Path of an installed Debian component's command, or undefined. */
export declare function commandPath(name: string): string | undefined;
/** True when the component can be used right now. */
export declare function hasComponent(name: string): boolean;
/** The Node binary that an npm component brings, or the running one. */
export declare function componentNode(name: string): string;
/** Folder with PostgreSQL's `bin`, `lib` and `share` that an npm component brings, or undefined. */
export declare function componentPostgres(name: string): string | undefined;
/** Installs what is missing; throws with the reason when that is impossible. */
export declare function installComponents(names: readonly string[]): void;
