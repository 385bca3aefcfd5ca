interface ErrorEntry {
  /** What happened, for a person who reads a log. */
  readonly meaning: string;
  /** The way out. */
  readonly remedy: string;
}

const entry = (meaning: string, remedy: string): ErrorEntry => ({ meaning, remedy });

/**
 * The one table of error codes of all rooms. Codes are never renamed or reused: they travel in
 * `reported` and in scripts. ARCHITECTURE.md repeats it; test/architecture/docs.test.ts compares both.
 */
export const ERRORS = {
  // Bytes
  "too-large": entry(
    "A payload or file is larger than its limit.",
    "Publish fewer hosts at once, or check who writes to that topic.",
  ),
  "not-utf8": entry("The bytes are not UTF-8.", "Check who writes to that topic or file."),
  "not-json": entry(
    "The text is not JSON.",
    "Check that it is the file or topic you mean, and who writes to it.",
  ),
  "duplicate-key": entry(
    "A JSON object names one key twice, so two readers could understand two things.",
    "Remove one of the two; a signed file is made again with `nixwave sign`.",
  ),
  "unsafe-number": entry(
    "A signed payload holds a number that is not an integer of at most 2^53 - 1.",
    "Sign again with `nixwave sign`.",
  ),
  "invalid-field": entry(
    "A field is missing, unknown or has the wrong form; the message names it.",
    "Correct the field that the message names.",
  ),
  "invalid-base64": entry(
    "A base64 text is not in canonical form.",
    "Copy the key or envelope again, without line breaks or spaces.",
  ),
  // Names
  "invalid-host-name": entry(
    "A host name is not 1 to 63 characters of a-z, 0-9 and '-'.",
    "Use the host's networking.hostName in lower case.",
  ),
  "invalid-name": entry(
    "A fleet, channel, user or key name has characters that are not allowed.",
    "The message shows the form that is allowed.",
  ),
  "invalid-store-path": entry(
    "A text is not a Nix store path of a built output.",
    "Give the path that `nix build --print-out-paths` printed.",
  ),
  "invalid-instant": entry(
    "A point in time or a duration is malformed.",
    "Write it like 90d, 12h, 30m or 45s.",
  ),
  "invalid-topic": entry(
    "A topic is not one of Nixwave's.",
    "See the wire table in ARCHITECTURE.md.",
  ),
  // Keys and signatures
  "invalid-key": entry(
    "A key is not in Nix's `name:base64` form, or its two halves do not match.",
    "Make one with `nixwave keygen NAME`.",
  ),
  "invalid-envelope": entry(
    "A signed envelope is malformed or carries another payload type.",
    "Sign again with `nixwave sign`.",
  ),
  "signature-invalid": entry(
    "Fewer valid signatures of distinct trusted keys than the threshold asks for.",
    "Sign with a key that the host trusts, or add the key to its NixOS configuration first.",
  ),
  // Statement and release
  "wrong-fleet": entry("The statement is for another fleet.", "Sign with `--fleet` of this home."),
  "wrong-host": entry(
    "The statement or order is for another host.",
    "Check the deploy spec's host names.",
  ),
  "wrong-channel": entry(
    "The statement is for another channel.",
    "Sign with `--channel` of this host.",
  ),
  "wrong-system": entry(
    "The closure is for another system type.",
    "Check the host's nixpkgs.hostPlatform.",
  ),
  "statement-expired": entry(
    "The statement has expired.",
    "Run CI again; it signs the same paths anew.",
  ),
  "statement-mismatch": entry(
    "The order names another statement than the one it carries.",
    "Nothing to do if it does not repeat; else check who writes to the desired topic.",
  ),
  "serial-below-floor": entry(
    "The statement is older than what the host has committed.",
    "Sign the old path again under a new serial, or roll back from the hub.",
  ),
  "serial-equivocation": entry(
    "Two different statements carry the same serial: somebody else signs with this key.",
    "Check who holds the release key; rotate it and raise the trust epoch.",
  ),
  "serial-in-future": entry(
    "The serial lies more than a day ahead of the host's clock.",
    "Check the clock of CI and of the host.",
  ),
  "serial-not-rising": entry(
    "A release does not rise above the one it replaces.",
    "Publish with `nixwave publish`, which reads the retained release first.",
  ),
  "min-serial-invalid": entry(
    "minSerial lies above the statement's own serial.",
    "Leave --min-serial away, or lower it.",
  ),
  "release-empty": entry("A release names no host.", "Check the deploy spec and --only."),
  "host-repeated": entry("A release names one host twice.", "Check the deploy spec."),
  // Orders
  "order-stale": entry(
    "The order is older than it may be at acceptance (notAfter).",
    "Nothing to do: the hub issues a fresh one when it sees the host.",
  ),
  "order-replayed": entry(
    "The order's counter is below the last one accepted.",
    "Nothing to do: an old copy was delivered again.",
  ),
  "order-equivocation": entry(
    "Two different orders carry the same counter: two hubs order with one key.",
    "Stop the second hub, or give it a key of its own.",
  ),
  "clock-unsynchronised": entry(
    "The host's clock is not synchronised, so it holds.",
    "Check time synchronisation (timedatectl) on the host.",
  ),
  "not-in-trial": entry(
    "A commit arrived without a trial of that attempt.",
    "Nothing to do: the hub reads the host's report.",
  ),
  "attempt-closed": entry(
    "The attempt already has an outcome, which stands.",
    "Start a new attempt.",
  ),
  "not-committed-here": entry(
    "A roll back names a path that this host never committed, or not within its rollback window.",
    "Sign the old path again under a new serial.",
  ),
  quarantined: entry(
    "The path was abandoned on this host by a roll back.",
    "Order it again with retry.",
  ),
  // Command line
  "wrong-usage": entry(
    "The command line is not understood, or options contradict each other.",
    "Add `--help` to the command: it lists what it takes, with examples.",
  ),
  "internal-error": entry("A bug in Nixwave.", "Please report it with the lines above."),
  "file-unreadable": entry(
    "A file cannot be read.",
    "Check the path that the message names, and its permissions.",
  ),
  "file-exists": entry(
    "A file that would be written is already there; nothing is overwritten.",
    "Choose another name or folder, or move the old file away if it is no longer needed.",
  ),
  "file-unwritable": entry("A file cannot be written.", "Check the folder, its owner and space."),
  "secret-exposed": entry(
    "A file with a secret can be read by other users.",
    "Run the chmod that the message names; if others had access, make a new secret.",
  ),
  "home-folder-public": entry(
    "The folder for a home's secrets lies in a repository or a flake: a commit, or the store that all may read, would get them.",
    "Give `nixwave init` a folder outside of it.",
  ),
  "home-incomplete": entry(
    "A file that `nixwave init` made, and needs to go on, is not there any more.",
    "Bring the file back that the message names, from the hub or a backup; or begin anew in another folder.",
  ),
  "placeholder-left": entry(
    "A text that Nixwave printed still holds a word in the place of a name of yours, such as OWNER.",
    "Write what the message asks for in its place, and run the same again.",
  ),
  "rotation-too-early": entry(
    "A rotation of keys cannot go on yet: a host would be left behind.",
    "Wait for the hosts that the message names, or see docs/keys.md for one that never comes back.",
  ),
  "signing-key-missing": entry(
    "No signing key was given.",
    "Pass --key FILE, or set NIXWAVE_SIGNING_KEY or NIXWAVE_SIGNING_KEY_FILE; `nixwave keygen NAME` makes one.",
  ),
  "rollback-script-refused": entry(
    "The deploy spec has a rollbackScript; Nixwave lets no script travel.",
    "Remove it: a host returns by itself to what ran before unless the new system is confirmed.",
  ),
  "spec-unknown-key": entry(
    "A deploy spec has a key other than `agents`.",
    "Remove the key that the message names.",
  ),
  "no-previous-release": entry(
    "There is no previous release to carry statements over from.",
    "Publish all hosts once, without --only.",
  ),
  "previous-not-trusted": entry(
    "The previous release holds a statement that the given keys do not verify.",
    "Name the key that signed it with --trusted, or publish all hosts without --only.",
  ),
  "host-not-in-spec": entry(
    "--only names a host that the spec or description does not have.",
    "Correct --only, or add the host to the spec.",
  ),
  "system-unknown": entry(
    "The system type of a closure cannot be read.",
    "Name it: --system x86_64-linux for all hosts, or --system HOST=aarch64-linux for one.",
  ),
  "release-not-accepted": entry(
    "At least one statement of the release is not accepted by the given keys.",
    "The lines above say which host and why: correct --key, --fleet or --channel, or sign and publish again.",
  ),
  "nothing-verified": entry(
    "A release was shown without any check, because no public key was given.",
    "Name the keys that the hosts trust: --key FILE or --key name:base64.",
  ),
  "publish-contended": entry(
    "Other publishers kept replacing the release while this one was signed.",
    "Let one CI run publish at a time, then publish again.",
  ),
  "release-not-found": entry(
    "Nothing is retained on the release topic.",
    "Check --channel and --base, and whether anything was published; a broker may also hide it from this user.",
  ),
  "hub-absent": entry(
    "No hub is connected to the broker, so nobody could do what was asked.",
    "Start the hub, or check its connection to this broker and the base topic (--base); then ask again.",
  ),
  "hub-silent": entry(
    "The hub did not answer in time; whether it did what was asked is not known.",
    "See `nixwave status`, then ask again; check that this user is an operator of the broker.",
  ),
  // Nix
  "nix-missing": entry(
    "The `nix` command is not there.",
    "Install it: `apt install nix-bin`, or https://nixos.org/download.",
  ),
  "nix-failed": entry(
    "A Nix command failed; the message repeats what it said.",
    "Run the command that the message names by hand.",
  ),
  "path-not-in-store": entry(
    "The store does not have a path of the deploy spec.",
    "Build or push it first, or name the store that has it with --store URL.",
  ),
  // Bus
  "invalid-broker-url": entry(
    "A broker's URL is malformed, or holds credentials.",
    "Write it like mqtt://host:1883 or mqtts://host:8883; user and password go apart.",
  ),
  "invalid-client-id": entry(
    "An MQTT client id does not begin with the user name, or has characters that are not allowed.",
    "Leave the client id away, or begin it with the user name and '-'.",
  ),
  "broker-unreachable": entry(
    "No connection to the broker came about in time.",
    "Check that the broker runs, its host name and port, and the firewall between.",
  ),
  "broker-refused": entry(
    "The broker answered and refused, or closed the connection before it answered.",
    "Check that the port speaks MQTT 3.1.1 (or WebSocket, or TLS) as the URL says, and the broker's log.",
  ),
  "broker-bad-credentials": entry(
    "The broker refused the user name or the password.",
    "Check both; on the embedded broker set the password with `nixwave broker passwd`.",
  ),
  "broker-not-authorised": entry(
    "The broker does not let this client in; some brokers answer a wrong password so too.",
    "Check user name, password or client certificate, and that the client id begins with the user name.",
  ),
  "tls-untrusted": entry(
    "The broker's certificate is not trusted, not valid now, or for another name.",
    "Give the CA that signed it, connect by the name in the certificate, and check this machine's clock.",
  ),
  "tls-certificate-refused": entry(
    "The broker refused our client certificate, or wants one.",
    "Give certificate and key of the CA that the broker trusts.",
  ),
  "tls-failed": entry(
    "TLS could not be agreed on.",
    "Check that the port speaks TLS, and that certificate and key belong together.",
  ),
  "broker-lost": entry(
    "The connection to the broker ended.",
    "Nothing to do: it is opened again for as long as the program runs.",
  ),
  "subscription-refused": entry(
    "The broker refused a subscription.",
    "Check what the broker lets this user read (`nixwave acl`).",
  ),
  "publish-refused": entry(
    "The broker ended the connection whenever one message was sent, so that message was dropped.",
    "Check what the broker lets this user write (`nixwave acl`), and its packet size limit.",
  ),
  "publish-not-kept": entry(
    "A retained message was sent but cannot be read back: an MQTT 3.1.1 broker does not tell why.",
    "Check that this user may write and read the topic, and the broker's message size limit.",
  ),
  "outbox-full": entry(
    "Too many messages wait for the broker.",
    "Wait for the connection; a person may try again then.",
  ),
  "snapshot-incomplete": entry(
    "The broker did not finish sending its retained messages in time.",
    "Try again with more time, or check the broker's load.",
  ),
  "bus-closed": entry(
    "The connection was closed by this program before the message left.",
    "Nothing to do at shutdown; else open a new connection.",
  ),
  // Host
  "agent-config-invalid": entry(
    "The agent's configuration is not usable; the message names every field at fault.",
    "Correct those fields; `nixwave-agent --help` shows a complete file.",
  ),
  "host-memory-unreadable": entry(
    "The host's ratchet or journal cannot be read, and guessing could accept what was refused before.",
    "Restore the file from a backup, or remove it and raise the trust epoch in the host's configuration.",
  ),
  "program-not-started": entry(
    "A program did not start.",
    "Check that it is there and may be executed; the message names it.",
  ),
  "disk-full": entry(
    "The host has no space left for the closure.",
    "Collect garbage on the host (nix-collect-garbage -d), then order again.",
  ),
  "closure-untrusted": entry(
    "A path of the closure is not signed by a cache key that the host trusts.",
    "Push the closure to the cache that signs with the host's key, or add that cache's key to the host.",
  ),
  "closure-corrupt": entry(
    "What the cache sent does not match what it promised.",
    "Check the cache's disk and whether something between (a captive portal) answers in its name.",
  ),
  "closure-missing": entry(
    "The cache does not have the closure, or not all of it.",
    "Push it (nix copy --to ...) before the release is published; then order again.",
  ),
  "cache-unusable": entry(
    "The cache's address is not a binary cache of this store, or wants a login.",
    "Check the host's substituters and their credentials.",
  ),
  "cache-unreachable": entry(
    "The binary cache cannot be reached or fails.",
    "Check the network and the cache; then order again, the pull resumes.",
  ),
  "pull-too-slow": entry(
    "Nix did not finish in the time allowed.",
    "Check the host's network; ordered again, the pull resumes.",
  ),
  "nar-hash-mismatch": entry(
    "The store path holds other content than CI signed.",
    "Find out who built or pushed that path; nothing was activated.",
  ),
  "not-a-nixos-system": entry(
    "The closure is not a NixOS system.",
    "Put config.system.build.toplevel into the deploy spec.",
  ),
  "activation-failed": entry(
    "switch-to-configuration did not succeed.",
    "Read its output in the message; the host returned to what ran before.",
  ),
  "activation-too-slow": entry(
    "switch-to-configuration did not end in the time allowed.",
    "Look for a unit that hangs while starting; the host returned to what ran before.",
  ),
  "attempt-open": entry(
    "Another attempt is in trial on the host, and a running trial is never pushed aside.",
    "Nothing to do: it ends by its own commit, revert or lease; then order again.",
  ),
  "lease-expired": entry(
    "Nobody confirmed the trial in time, so the host returned to what ran before.",
    "Check that hub and host can speak to each other, then start a new attempt.",
  ),
  "agent-restarted": entry(
    "The agent ended in the middle of an activation, so the host returned to what ran before.",
    "Start a new attempt.",
  ),
  "revert-ordered": entry("The hub ordered the host back.", "Nothing to do: the rollout says why."),
  "revert-failed": entry(
    "The host could not return to what ran before.",
    "Look at the host itself; it is locked for automation until then.",
  ),

  // Host: the pull
  "cache-not-configured": entry(
    "The closure is not in the caches that this host asks; it looks as if the private cache that CI pushes to is not among them.",
    "Add your own cache's address and its public key to the host's NixOS configuration (nix.settings.substituters, nix.settings.trusted-public-keys).",
  ),
  "cache-login-refused": entry(
    "The binary cache wants a login, or does not accept the one it got.",
    "Check the host's netrc file (nixwave.netrcFile) and the token in it.",
  ),
  "cache-wrong-store": entry(
    "The binary cache serves stores with another prefix than /nix/store.",
    "Check the host's substituters.",
  ),
  "pull-stalled": entry(
    "No bytes arrived for too long, so the pull was stopped.",
    "Check the network and the cache; ordered again, the pull resumes.",
  ),
  "pull-interrupted": entry(
    "The pull was stopped from outside.",
    "Nothing to do: it is tried again and resumes.",
  ),
  "nix-busy": entry(
    "Another Nix process held the store's database.",
    "Nothing to do: it is tried again.",
  ),
  "nix-database-unread": entry(
    "The activator could not read Nix's database itself, so `nix store verify` looked at the signatures.",
    "Nothing to do. If it is said at every order, the host's Nix is of a version that Nixwave does not know yet.",
  ),
  "space-too-small": entry(
    "The closure would not fit onto the host's disk.",
    "Collect garbage on the host (nix-collect-garbage -d), then order again.",
  ),
  "closure-unsigned-here": entry(
    "A path of the closure was in the store before and carries no signature of a key that the host trusts.",
    "Push it to the cache and sign it (nix store sign), or delete the path on the host so that it is fetched.",
  ),
  "system-without-agent": entry(
    "The system has no Nixwave agent in it: nobody could reach the host afterwards.",
    "Import Nixwave's NixOS module in that host's configuration.",
  ),
  "agent-of-other-fleet": entry(
    "The system's agent belongs to another fleet or host.",
    "Check nixwave.fleet and networking.hostName of that configuration, and the deploy spec.",
  ),
  "agent-too-far": entry(
    "The system's agent is too many versions away: it and this host's agent write no common form of the host's memory.",
    "Deploy a system with a version of Nixwave in between first.",
  ),
  "wire-too-far": entry(
    "The host's Nixwave and the hub's speak no common version of the wire: one of them is more than one version ahead.",
    "Update the older one by hand, one version at a time (nixos-rebuild on that host, or the hub); nothing is ordered of the host before that.",
  ),
  "agent-without-common-key": entry(
    "The system's agent trusts none of the release keys, or none of the hub keys, that this host trusts: nobody could confirm it.",
    "Rotate keys in two steps: deploy a system that trusts old and new, then one that trusts the new only.",
  ),
  // Host: trial, commit and revert
  "switch-check-failed": entry(
    "A pre-switch check of the new system failed; nothing was touched.",
    "The message names the check (system.preSwitchChecks).",
  ),
  "reboot-required": entry(
    "The new system needs a reboot: nothing was touched and the boot default has not moved.",
    "Approve the reboot (goal boot), or leave the host as it is.",
  ),
  "switch-locked": entry(
    "Another switch-to-configuration runs on the host.",
    "Nothing to do: it is tried again when that one has ended.",
  ),
  "units-failed": entry(
    "Units that worked before failed in the new system, so the host returned.",
    "The message names them; `journalctl -u UNIT` on the host says why.",
  ),
  "activation-killed": entry(
    "switch-to-configuration was killed before it ended.",
    "Look for the out-of-memory killer in the host's log; the host returned to what ran before.",
  ),
  "probe-failed": entry(
    "A probe that the host's own configuration asks for failed in the new system, so the host returned.",
    "The message names the probe and what it saw.",
  ),
  "trial-overdue": entry(
    "The commit came after the trial's deadline.",
    "Nothing to do: the host returns; start a new attempt.",
  ),
  "power-lost": entry(
    "The host went down in the middle of the attempt and came back with the old system.",
    "Start a new attempt.",
  ),
  "person-acted": entry(
    "Somebody changed the running system or the profile by hand, so automation kept its hands off.",
    "Nothing to do: the next release asks before it overwrites.",
  ),
  "bootloader-failed": entry(
    "The boot loader could not be installed, twice, so profile, boot default and running system went back.",
    "Look at the free space of /boot and at the message.",
  ),
  "boot-not-approved": entry(
    "A reboot into a new system needs an approval that names this host's risk.",
    "Approve it with the risk that the host reports (bootRisk).",
  ),
  "boot-default-unsure": entry(
    "The old system runs again, but the boot loader could not be set back and may boot the new one.",
    "Do not restart the host yet: run `nixos-rebuild boot` or repair /boot there, then `nixwave-agent unlock`.",
  ),
  "boot-failed": entry(
    "After the reboot another system runs than the one on trial.",
    "Look at the host's console; the boot default is the old system.",
  ),
  "other-deploy-agent": entry(
    "Another deploy agent is enabled on this host, and two would undo each other's work.",
    "Disable the one that the message names, then order again.",
  ),
  "observe-mode": entry(
    "This host only observes: the message says what the trial would have changed.",
    "Set nixwave.mode to active when you trust what you see.",
  ),
  "host-locked": entry(
    "The host is locked for automation after an end that needs a person.",
    "Look at the host, then run `nixwave-agent unlock` there.",
  ),
  "host-paused": entry(
    "A person keeps this host to themselves for a while.",
    "Wait, or run `nixwave-agent resume` there.",
  ),
  "outside-window": entry(
    "The host's own activation window is closed.",
    "Wait; commit and revert are never held.",
  ),
  "trial-too-soon": entry(
    "The host's own minimum interval since the last trial has not passed.",
    "Wait; commit and revert are never held.",
  ),
  "trials-used-up": entry(
    "The host's own number of trials a day is used up.",
    "Wait; commit and revert are never held.",
  ),
  "link-metered": entry(
    "The host's network link is metered, so nothing is downloaded.",
    "Wait for another network.",
  ),
  "battery-low": entry("The laptop runs on battery and has too little of it.", "Plug it in."),
  "sleep-inhibited": entry(
    "Something on the laptop asks not to be disturbed (a sleep inhibitor).",
    "Wait; the message names what it is.",
  ),
  "person-said-later": entry(
    "The person at the laptop asked for later.",
    "Wait; it is asked again.",
  ),
  "session-too-old": entry(
    "The order to keep the trial came over a connection that was open before the activation; it must arrive over a new one.",
    "Nothing to do: the agent connects again.",
  ),
  "pull-backing-off": entry(
    "The last pull failed in a way that may pass; the host waits before the next one.",
    "Nothing to do; the message says what failed.",
  ),
  "attempt-superseded": entry(
    "A newer order took this attempt's place before anything was touched.",
    "Nothing to do.",
  ),
  "deadman-not-armed": entry(
    "The deadman could not be armed, so the trial was not begun.",
    "Check that systemd-run works on the host; the message says what failed.",
  ),
  "nothing-ran-before": entry(
    "No system runs that a trial could return to.",
    "Install the first system by hand (nixos-rebuild switch).",
  ),
  // Host: its files and its person
  "host-memory-damaged": entry(
    "The host's journal cannot be read; it was moved aside, and the host is locked for automation.",
    "Look at the host, then run `nixwave-agent unlock` there; the ratchet is kept.",
  ),
  "host-memory-unwritable": entry(
    "The host cannot write its memory, so it does nothing new.",
    "Check space and health of the disk that holds /nix/var/nixwave.",
  ),
  "host-memory-newer": entry(
    "The journal was written by a newer Nixwave.",
    "Nothing to do where the newer system runs; else restore the file that the message names.",
  ),
  "inbox-refused": entry(
    "The inbox holds something that is not a small regular file.",
    "Look for a stranger's process on the host that runs as the agent's user.",
  ),
  "activator-running": entry(
    "Another activator holds the lock.",
    "Wait until it has ended; `systemctl status nixwave-activator` shows it.",
  ),
  "activator-lock-missing": entry(
    "The activator must hold its lock before it reads anything.",
    "Start it with the command that `nixwave-activator --help` shows.",
  ),
  "not-root": entry("This must be run as root.", "Put sudo in front."),
  "nothing-to-revert": entry(
    "No attempt is open that could be reverted.",
    "`nixwave-agent status` shows what the host is at.",
  ),
  "nothing-to-confirm": entry(
    "No trial is open that could be confirmed.",
    "`nixwave-agent status` shows what the host is at.",
  ),
  "host-not-in-release": entry(
    "The release has no statement for this host.",
    "Check the file; `nixwave verify` shows what it holds.",
  ),
  "agent-not-answering": entry(
    "The activator did not answer in time.",
    "`systemctl status nixwave-activator` on the host shows why; the request stays and is taken later.",
  ),
  superseded: entry("A newer rollout took the place of this attempt.", "Nothing to do."),
  // Hub and demo
  "fleet-config-invalid": entry(
    "The fleet's configuration in Node-RED is not usable; the message names every field at fault.",
    "Open the fleet in the editor and correct those fields.",
  ),
  "doctor-found": entry(
    "The doctor found something wrong in the home.",
    "Each finding above names its way out.",
  ),
  "doctor-unsure": entry(
    "The doctor found nothing wrong, but could not look at everything.",
    "Each line with a question mark says what it needs; --skip leaves a check out.",
  ),
  "flow-differs": entry(
    "The flow is not as it was given.",
    "That is no fault: it is yours. `nixwave flow export` keeps a copy of it.",
  ),
  "flow-not-started": entry(
    "Node-RED did not start the flow.",
    "The message names what is missing; install it or remove it from the flow.",
  ),
  "web-request-failed": entry(
    "A web server did not give what was asked of it.",
    "The message says what it answered: check address, token and network.",
  ),
  "upload-refused": entry(
    "GitHub refused to keep the release.",
    "The message says what GitHub answered; the job needs `permissions: contents: write`.",
  ),
  "upload-failed": entry(
    "GitHub was not reached, or gave no usable answer.",
    "Run the job again later; what was there before is still there.",
  ),
  "backup-damaged": entry(
    "A file is no backup of a hub, or not as it was written.",
    "Take an older copy; nothing was brought back from this one.",
  ),
  "restore-interrupted": entry(
    "A backup was being brought back into the folder, and it did not end.",
    "Run the same `nixwave hub restore` again; it begins anew.",
  ),
  "restore-running": entry(
    "Another `nixwave hub restore` is at work in this folder.",
    "Wait until it has ended and look at what it said; a second one is not needed.",
  ),
  "editor-port-taken": entry(
    "The port for Node-RED's editor cannot be used.",
    "Choose another port, or 0 for any free one.",
  ),
  "demo-too-slow": entry(
    "The demo did not come to its end in the time allowed.",
    "Read what happened so far above; give more time with --limit.",
  ),
  "demo-not-deployed": entry(
    "The demo's hosts did not both report the release.",
    "The message says which host and why.",
  ),
  "demo-host-ended": entry(
    "A demo host's agent ended by itself.",
    "Its last lines are in the message.",
  ),
  // Broker
  "account-exists": entry(
    "Two accounts of one broker have the same user name.",
    "Give one of them another name; `nixwave broker passwd FILE USER --delete` removes an account.",
  ),
  "account-unknown": entry(
    "The accounts file has no such user.",
    "The message lists the users it has.",
  ),
  "password-invalid": entry(
    "The password is empty, too long, or was not repeated the same.",
    "Type it again, or let `--generate` make one.",
  ),
  "port-in-use": entry(
    "Another program listens on that port.",
    "Stop it, choose another port with --listen, or port 0 for any free one.",
  ),
  "listen-failed": entry(
    "The broker cannot listen on that address.",
    "Check that the address belongs to this machine and the port is allowed for this user.",
  ),
  "tls-material-invalid": entry(
    "The TLS certificate, key or authority cannot be used.",
    "Check that all are PEM files and that key and certificate belong together.",
  ),
  "broker-state-locked": entry(
    "Another broker uses this state folder.",
    "Stop the other broker, or give this one a folder of its own.",
  ),
  "broker-state-unreadable": entry(
    "The broker's retained messages on disk are damaged or belong to another program or version.",
    "Move the file away: hosts and hub publish their state again, CI's release has to be announced again.",
  ),
  "broker-state-failed": entry(
    "The broker cannot write its retained messages.",
    "Check free space and permissions of the state folder.",
  ),
  "publish-failed": entry(
    "The embedded broker did not take a message of its own process.",
    "The message names the cause.",
  ),
  // Sensor gate
  "gate-plan-invalid": entry(
    "A sensor gate's settings are not usable; the message names every field at fault.",
    "Correct those fields in the gate.",
  ),
  "gate-unsatisfiable": entry(
    "A sensor gate could never pass as it is set; the message shows the arithmetic.",
    "Make the soak longer, ask for fewer readings, or let the sensor report more often.",
  ),
  "prometheus-unreachable": entry(
    "Prometheus does not answer a sensor gate; its rows there have no reading, and no reading keeps no system.",
    "Start it, enter its address in the gate, or remove the rows that ask it.",
  ),
  "gate-state-unreadable": entry(
    "What was kept of a sensor gate (soak, baseline) cannot be read.",
    "Nothing to do: the gate starts again, and passes only on new evidence.",
  ),
  "json-path-invalid": entry(
    "A path into a JSON payload is not understood.",
    'Write it like rooms[0].temperature or ["living room"].temperature.',
  ),
  "reading-malformed": entry(
    "A sensor's payload does not have the form of its format.",
    "Check the format chosen in the gate, and what the topic really carries.",
  ),
  "reading-not-finite": entry(
    "A sensor reported NaN or an infinite number: it has no value.",
    "Check the sensor; if it has no value for long, the gate says so.",
  ),
  // Rollout
  "plan-invalid": entry(
    "A field of the rollout plan is missing, unknown or has the wrong form; the message names it.",
    "Correct the field that the message names.",
  ),
  "plan-impossible": entry(
    "A rollout plan names a host twice, or hosts wait for each other so that nobody could begin.",
    "The message says who waits for whom: remove one of those dependencies.",
  ),
  "rollout-state-invalid": entry(
    "The stored state of the rollout is damaged or was written by another version.",
    "Move the hub's state away: it is built anew from what the broker retains and the hosts report.",
  ),
  // The hub's journal
  "hub-state-locked": entry(
    "Another hub uses this state folder; the message names its process where it is known.",
    "Stop the other hub, or give this one a folder of its own.",
  ),
  "hub-state-damaged": entry(
    "The hub's journal is damaged. It was moved aside, under the name in the message, and begun anew.",
    "Nothing to do: the hub learns its state from what the broker retains. If it repeats, check the disk.",
  ),
  "hub-state-newer": entry(
    "There is only the journal of a newer hub, which this one leaves alone and cannot read.",
    "Nothing to do: the hub learns its state from what the broker retains.",
  ),
  "hub-state-failed": entry(
    "The hub cannot write its journal; what it wrote before is safe.",
    "Check free space and permissions of the state folder.",
  ),
  // What is asked of the hub
  "request-refused": entry(
    "The rollout as it stands has no use for what was asked; the message says why.",
    "Look at `nixwave status`, and ask again when it fits.",
  ),
  "hub-not-ready": entry(
    "The hub has no journal and first hears what the broker holds; until then it takes no request.",
    "Ask again in a moment; if it lasts, check the connection to the broker.",
  ),
  // People
  "language-unknown": entry("A language is not one that Nixwave speaks.", "Choose en or de."),
  "time-zone-unknown": entry(
    "A time zone is not one of the IANA names that this Node.js knows.",
    "Write it like Europe/Berlin, or UTC.",
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
