import { expect } from "vitest";
import type { DayInTheHouse } from "./day-rig.ts";

/** One long day, and three weeks later the laptop. */
export async function liveTheDay(day: DayInTheHouse): Promise<void> {
  await day.begin();
  await day.until("07:00"); // everybody sleeps
  await day.release("nixpkgs bump");
  await day.until("13:30"); // nuc's window has opened; its deployment starts broker and hub again
  await day.until("18:25");
  await day.release("camera: new driver");
  await day.until("18:31"); // dinner
  await day.hold("Dash-tile", true);
  await day.until("20:10");
  expect(await day.tap("Resume")).toBe("done");
  await day.until("20:12");
  day.cameraBreaks();
  await day.until("21:00");
  expect(await day.tap("Stop")).toBe("done");
  await day.until("21:05");
  expect(await day.tap("Roll back")).toBe("done");
  await day.until("22:00");
  await day.weeksLater(3);
  await day.comesHome();
}

/** What the phone shows of it: hour (loudness) title, text and buttons. */
export const STORY = `14 Jul, 07:02 (2) 14 Jul, nixpkgs bump: the rollout begins
    Still to come: rp4, rp3, x1, nuc. [Hold] [Stop]
14 Jul, 07:02 (1) 14 Jul, nixpkgs bump: rp4 tries it
    Now: rp4. / Still to come: rp3, x1, nuc. [Hold] [Stop]
14 Jul, 07:07 (2) rp4: updated
    It keeps the new system. / 14 Jul, nixpkgs bump / Still to come: rp3, x1, nuc. / Updated: rp4.
14 Jul, 07:07 (1) 14 Jul, nixpkgs bump: rp3 tries it
    Now: rp3. / Still to come: x1, nuc. / Updated: rp4. [Hold] [Stop]
14 Jul, 07:13 (2) rp3: updated
    It keeps the new system. / 14 Jul, nixpkgs bump / Still to come: x1, nuc. / Updated: rp4, rp3.
14 Jul, 07:13 (1) 14 Jul, nixpkgs bump: waits for its time of day
    It goes on at 13:00. / Still to come: x1, nuc. / Updated: rp4, rp3.
14 Jul, 09:02 (2) x1: catches up later
    It was not there. / It gets the newest release when it is back. / 14 Jul, nixpkgs bump / Still to come: nuc. / Updated: rp4, rp3. / Catching up later: x1.
14 Jul, 13:00 (1) 14 Jul, nixpkgs bump: it goes on
    No longer: waits for its time of day. / Still to come: nuc. / Updated: rp4, rp3. / Catching up later: x1. [Hold] [Stop]
14 Jul, 13:00 (1) 14 Jul, nixpkgs bump: nuc tries it
    Now: nuc. / Updated: rp4, rp3. / Catching up later: x1. [Hold] [Stop]
14 Jul, 13:01 (1) 14 Jul, nixpkgs bump: it goes on
    No longer: the hub has restarted and asks the hosts. / Now: nuc. / Updated: rp4, rp3. / Catching up later: x1. [Hold] [Stop]
14 Jul, 13:06 (2) nuc: updated
    It keeps the new system. / 14 Jul, nixpkgs bump / Updated: rp4, rp3, nuc. / Catching up later: x1.
14 Jul, 13:06 (3) 14 Jul, nixpkgs bump: not on all hosts yet
    Updated: rp4, rp3, nuc. / Catching up later: x1. [Roll back]
14 Jul, 18:27 (2) 14 Jul, camera: new driver: the rollout begins
    Still to come: rp4, rp3, x1, nuc. [Hold] [Stop]
14 Jul, 18:27 (1) 14 Jul, camera: new driver: rp4 tries it
    Now: rp4. / Still to come: rp3, x1, nuc. [Hold] [Stop]
14 Jul, 18:31 (2) 14 Jul, camera: new driver: on hold
    Dash tile holds everything until 22:31. / rp4 ends its trial within 26 min, then it is quiet. / Nothing new begins until the hold is released. / Now: rp4. / Still to come: rp3, x1, nuc. [Resume]
14 Jul, 18:32 (2) rp4: updated
    It keeps the new system. / 14 Jul, camera: new driver / Still to come: rp3, x1, nuc. / Updated: rp4. / Dash tile holds everything until 22:31. / Nothing new begins until the hold is released. [Resume]
14 Jul, 20:10 (1) 14 Jul, camera: new driver: it goes on
    No longer: on hold. / Still to come: rp3, x1, nuc. / Updated: rp4. [Hold] [Stop]
14 Jul, 20:10 (1) 14 Jul, camera: new driver: rp3 tries it
    Now: rp3. / Still to come: x1, nuc. / Updated: rp4. [Hold] [Stop]
14 Jul, 20:13 (4) rp3 undone: camera, pictures a minute 0, was 10
    camera, pictures a minute: 0 is beyond its limit. / It runs its old system again. / 14 Jul, camera: new driver / Not updated: rp3. / Still to come: x1, nuc. / Updated: rp4. / rp3: camera, pictures a minute: 0, should be above 4; 3 of the last 5 readings failed / Retry it, go on without it, or stop. [Retry] [Without it] [Stop]
14 Jul, 20:27 (2) x1: catches up later
    It was not there. / It gets the newest release when it is back. / 14 Jul, camera: new driver / Not updated: rp3. / Still to come: nuc. / Updated: rp4. / Catching up later: x1. / rp3: camera, pictures a minute: 0, should be above 4; 3 of the last 5 readings failed / Retry it, go on without it, or stop. [Retry] [Without it] [Stop]
14 Jul, 21:00 (1) nuc: stopped before it began
    Stopped by phone. / Nothing has changed on it. / 14 Jul, camera: new driver / Not updated: rp3. / Updated: rp4. / Catching up later: x1.
14 Jul, 21:00 (4) 14 Jul, camera: new driver: stopped
    rp3: camera, pictures a minute: 0, should be above 4; 3 of the last 5 readings failed / Not updated: rp3. / Updated: rp4. / Catching up later: x1. [Retry] [Roll back]
14 Jul, 21:05 (1) 14 Jul, camera: new driver: rp4 returns to what it had
    Not updated: rp3. / Now: rp4. / Catching up later: x1. [Hold] [Stop]
14 Jul, 21:10 (2) rp4: undone
    It runs its old system again. / 14 Jul, camera: new driver / Not updated: rp4, rp3. / Catching up later: x1.
14 Jul, 21:10 (3) 14 Jul, camera: new driver: rolled back
    rp4: undone / rp3: camera, pictures a minute: 0, should be above 4; 3 of the last 5 readings failed / Not updated: rp4, rp3. / Catching up later: x1. [Retry]
4 Aug, 22:05 (2) 14 Jul, nixpkgs bump: the rollout begins
    Hosts that were away catch up. / Still to come: x1. [Hold] [Stop]
4 Aug, 22:05 (1) 14 Jul, nixpkgs bump: x1 tries it
    Now: x1. [Hold] [Stop]
4 Aug, 22:10 (2) x1: updated
    It keeps the new system. / 14 Jul, nixpkgs bump / Updated: x1.
4 Aug, 22:10 (3) 14 Jul, nixpkgs bump: all hosts are updated
    Hosts that were away catch up. / Updated: x1. [Roll back]`;
