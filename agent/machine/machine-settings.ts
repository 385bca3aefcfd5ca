export interface MachineSettings {
  /** "/" on a real host; elsewhere a folder that stands for it. */
  readonly root: string;
  /** Where programs are looked for, as PATH. */
  readonly path: string;
  /** Holds `switch/`, with logs and results. */
  readonly stateDirectory: string;
  readonly clock: "system" | "assume";
  /** Of the guards' windows; null: the system's own. */
  readonly timeZone: string | null;
  /** Whether battery, link and sleep inhibitors are asked for. */
  readonly isLaptop: boolean;
  readonly say: (line: string) => void;
}
