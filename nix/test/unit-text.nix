# A unit as NixOS writes it.
{ lib }:
let
  word = value: if builtins.isBool value then (if value then "true" else "false") else toString value;
  line =
    name: value:
    map (one: "${name}=${word one}") (if builtins.isList value then value else [ value ]);
  section =
    name: set: [ "[${name}]" ] ++ builtins.concatLists (lib.mapAttrsToList line set) ++ [ "" ];
  head =
    unit:
    unit.unitConfig
    // {
      Description = unit.description;
    }
    // lib.filterAttrs (_: value: value != [ ]) {
      After = unit.after or [ ];
      Before = unit.before or [ ];
    }
    // lib.optionalAttrs (!(unit.restartIfChanged or true)) { X-RestartIfChanged = false; };
  environment =
    unit:
    lib.mapAttrsToList (name: value: ''"${name}=${value}"'') (
      { PATH = lib.makeBinPath unit.path; } // (unit.environment or { })
    );
  text = builtins.concatStringsSep "\n";
in
{
  service =
    unit:
    text (
      section "Unit" (head unit)
      ++ section "Service" (
        { Environment = environment unit; } // unit.serviceConfig
      )
    );
  path = unit: text (section "Unit" (head unit) ++ section "Path" unit.pathConfig);
  timer = unit: text (section "Unit" (head unit) ++ section "Timer" unit.timerConfig);
}
