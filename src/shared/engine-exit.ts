/**
 * Exit code of an engine that could not start for a reason it has said (the catalog is in use, damaged, newer): starting it
 * again at once would change nothing. EX_CONFIG of sysexits.h.
 */
export const cannotStartExitCode = 78
