# A home of two virtual machines: a release is kept, the next one is undone, and a restart changes neither.
# nix build .#checks.x86_64-linux.vm, on a machine with KVM.
{ cli }:
{
  name = "nixwave-home";
  nodes = {
    hub = import ./vm-test/hub.nix { inherit cli; };
    rp4 = ./vm-test/host.nix;
  };
  testScript =
    { nodes, ... }:
    let
      inherit (nodes.rp4.system.build) good bad;
    in
    ''
      import json

      HOME = "--broker mqtt://127.0.0.1:8883 --user"
      GOOD = "${good}"
      BAD = "${bad}"


      def release(system: str, title: str) -> None:
          hub.succeed(f"echo '{json.dumps({'agents': {'rp4': system}})}' > /tmp/spec.json")
          hub.succeed(
              "nixwave publish /tmp/spec.json --key /var/lib/ci.secret --fleet home"
              f" --title '{title}' {HOME} ci --password-file /var/lib/ci.password"
          )
          # The hub waits for more releases, unless it is told not to.
          hub.wait_until_succeeds(f"nixwave deploy --now {HOME} me --password-file /var/lib/me.password")


      def ended(outcome: str) -> None:
          """What the host itself says of its last attempt."""
          report = "/nix/var/nixwave-report/report.json"
          rp4.wait_until_succeeds(f"jq -e '.outcome.code == \"{outcome}\"' {report}", timeout=600)


      def runs_and_boots(system: str) -> None:
          assert rp4.succeed("readlink -f /run/current-system").strip() == system
          assert rp4.succeed("readlink -f /nix/var/nix/profiles/system").strip() == system


      hub.start()
      for unit in ["mosquitto", "nix-serve", "nixwave-hub"]:
          hub.wait_for_unit(unit)
      for port in [8883, 5000]:
          hub.wait_for_open_port(port)
      rp4.start()
      rp4.wait_for_unit("nixwave-agent")
      rp4.fail(f"test -e {GOOD}", f"test -e {BAD}")

      with subtest("A good release is fetched, tried, probed and kept"):
          release(GOOD, "Good")
          ended("succeeded")
          runs_and_boots(GOOD)

      with subtest("A release whose probe fails is undone"):
          release(BAD, "Bad")
          ended("rolled-back")
          runs_and_boots(GOOD)

      with subtest("What was kept is what boots"):
          rp4.shutdown()
          rp4.start()
          rp4.wait_for_unit("nixwave-agent")
          runs_and_boots(GOOD)
    '';
}
