# One host's configuration, evaluated: what it renders, and what is said of it. `store` stands before the
# names of what would be built.
{
  lib ? import ./minilib.nix,
  settings,
  store ? "/nix/store/00000000000000000000000000000000",
}:
let
  inherit (import ./stand-in-pkgs.nix { prefix = "${store}-"; }) built pkgs;
  inherit
    (import ./evaluate-part.nix {
      inherit lib pkgs;
      part = "agent";
      modules = [
        { services.nixwave.agent.package = lib.mkDefault (built "nixwave" { }); }
        settings
      ];
    })
    config
    said
    made
    ;
  inherit (config.services.nixwave) agent;
  textsOf =
    places: built:
    builtins.listToAttrs (
      builtins.genList (index: {
        name = builtins.elemAt places index;
        value = (builtins.elemAt built index).text;
      }) (builtins.length built)
    );
in
said
// lib.optionalAttrs agent.enable (
  made
  // {
    inherit (agent.rendered) agent activator marker;
    files = textsOf (map (file: "${file}") agent.rendered.files) agent.rendered.files;
    programs = textsOf (map (one: "${one}/bin/${one.name}") agent.rendered.programs) agent.rendered.programs;
    etc = builtins.mapAttrs (_: { source, ... }: source.text) config.environment.etc;
    toplevel = config.system.systemBuilderCommands;
  }
)
