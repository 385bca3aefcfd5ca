/** How many connections the broker carries; a connection counts from its first byte to its close. */
export interface ConnectionLimits {
  readonly total: number;
  /** Of one account at a time. */
  readonly perUser: number;
  /** Of one network address, as long as they have not said who they are or stay anonymous. */
  readonly unnamedPerAddress: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  total: 4000,
  perUser: 64,
  unnamedPerAddress: 256,
};

/** Counts connections; every `true` is given back by exactly one `Place.leave`. */
export interface Admission {
  enter(address: string): Place | null;
}

export interface Place {
  /** Moves from the unnamed of its address to those of `user`; false when that account has no place left. */
  nameAs(user: string): boolean;
  leave(): void;
}

export function openAdmission(limits: ConnectionLimits): Admission {
  let total = 0;
  const unnamed = new Map<string, number>();
  const named = new Map<string, number>();
  return {
    enter: (address) => {
      const isFull = total >= limits.total;
      if (isFull || (unnamed.get(address) ?? 0) >= limits.unnamedPerAddress) return null;
      total += 1;
      add(unnamed, address, 1);
      let leaveGroup = (): void => add(unnamed, address, -1);
      return {
        nameAs: (user) => {
          if ((named.get(user) ?? 0) >= limits.perUser) return false;
          leaveGroup();
          add(named, user, 1);
          leaveGroup = () => add(named, user, -1);
          return true;
        },
        leave: () => {
          total -= 1;
          leaveGroup();
        },
      };
    },
  };
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
