# A stand-in for the part of nixpkgs' lib that our modules use, so that they evaluate where there is no
# nixpkgs. It is stricter nowhere and laxer nowhere on purpose: what a case expects of it must also hold
# under `import <nixpkgs/lib>` (nix/test/all.nix takes either).
let
  inherit (builtins)
    all
    attrNames
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    match
    removeAttrs
    substring
    stringLength
    toJSON
    ;

  hasType = type: value: isAttrs value && (value._type or null) == type;
  isOption = hasType "option";
  path = concatStringsSep ".";
  ordinary = 100;

  # A definition with its conditions, merges and priorities resolved: [ { priority; value; } ].
  resolved =
    priority: value:
    if hasType "if" value then
      if value.condition then resolved priority value.content else [ ]
    else if hasType "merge" value then
      concatMap (resolved priority) value.contents
    else if hasType "override" value then
      resolved value.priority value.content
    else
      [ { inherit priority value; } ];

  # The definitions that count: those of the strongest priority.
  counting =
    definitions:
    let
      found = concatMap (resolved ordinary) definitions;
      strongest = foldl' (least: { priority, ... }: if priority < least then priority else least) 100000 found;
    in
    map ({ value, ... }: value) (filter ({ priority, ... }: priority == strongest) found);

  typed =
    type: loc: values:
    let
      bad = filter (value: !type.check value) values;
      shown = value: if isFunction value then "<function>" else toJSON value;
    in
    if bad == [ ] then
      type.merge loc values
    else
      throw "A definition for option `${path loc}' is not of type `${type.description}'. Value: ${shown (head bad)}";

  one = description: check: {
    inherit description check;
    merge =
      loc: values:
      if all (value: value == head values) values then
        head values
      else
        throw "The option `${path loc}' has conflicting definition values.";
  };

  types = {
    bool = one "boolean" isBool;
    str = one "string" isString;
    int = one "signed integer" isInt;
    anything = one "anything" (_: true);
    package = one "package" (value: isAttrs value && value ? outPath);
    port = types.ints.between 0 65535;
    ints = {
      between =
        least: most:
        one "integer between ${toString least} and ${toString most} (both inclusive)" (
          value: isInt value && value >= least && value <= most
        );
    };
    lines = types.str // {
      merge = _: concatStringsSep "\n";
    };
    strMatching =
      pattern: one "string matching the pattern ${pattern}" (value: isString value && match pattern value != null);
    enum = words: one "one of ${concatStringsSep ", " (map toJSON words)}" (value: elem value words);
    addCheck =
      type: check:
      type // { check = value: type.check value && check value; };
    nullOr = type: {
      description = "null or ${type.description}";
      check = value: value == null || type.check value;
      merge = loc: values: if all (value: value == null) values then null else type.merge loc values;
    };
    either = first: second: {
      description = "${first.description} or ${second.description}";
      check = value: first.check value || second.check value;
      merge = loc: values: if all first.check values then first.merge loc values else second.merge loc values;
    };
    listOf = type: {
      description = "list of ${type.description}";
      check = isList;
      merge =
        loc: values:
        let
          entries = concatLists values;
          entry = index: typed type (loc ++ [ "[${toString index}]" ]) [ (elemAt entries index) ];
        in
        genList entry (length entries);
    };
    attrsOf = type: {
      description = "attribute set of ${type.description}";
      check = isAttrs;
      merge =
        loc: values:
        listToAttrs (
          concatMap (
            name:
            let
              defined = counting (concatMap (value: if value ? ${name} then [ value.${name} ] else [ ]) values);
            in
            if defined == [ ] then
              [ ]
            else
              [
                {
                  inherit name;
                  value = typed type (loc ++ [ name ]) defined;
                }
              ]
          ) (attrNames (foldl' (sum: value: sum // value) { } values))
        );
    };
    submodule = module: {
      description = "submodule";
      check = value: isAttrs value || isFunction value;
      merge =
        loc: values: (evaluated loc ([ module ] ++ values) { name = elemAt loc (length loc - 1); }).config;
    };
  };

  # Two trees of options in one.
  mergedOptions =
    a: b:
    if isOption a || isOption b then
      throw "An option is declared twice."
    else
      foldl' (
        sum: name: sum // { ${name} = if sum ? ${name} then mergedOptions sum.${name} b.${name} else b.${name}; }
      ) a (attrNames b);

  # What a definition says of one name. Conditions are carried down and not looked at: one of them may
  # depend on the very option that is asked for.
  below =
    name: definition:
    if hasType "if" definition then
      map (content: {
        _type = "if";
        inherit (definition) condition;
        inherit content;
      }) (below name definition.content)
    else if hasType "merge" definition then
      concatMap (below name) definition.contents
    else if isAttrs definition && definition ? ${name} then
      [ definition.${name} ]
    else
      [ ];

  valueOf =
    loc: option: definitions:
    let
      counted = counting definitions;
    in
    if counted != [ ] then
      typed option.type loc counted
    else if option ? default then
      typed option.type loc [ option.default ]
    else
      throw "The option `${path loc}' was accessed but has no value defined. Try setting the option.";

  valuesOf =
    loc: options: definitions:
    if isOption options then
      valueOf loc options definitions
    else
      mapAttrs (
        name: inner: valuesOf (loc ++ [ name ]) inner (concatMap (below name) definitions)
      ) options;

  # The names that are defined and declared by nobody.
  strangers =
    loc: options: definitions:
    if isOption options then
      [ ]
    else
      concatMap (
        { value, ... }:
        if !isAttrs value then
          [ (path loc) ]
        else
          concatMap (
            name:
            let
              inner = loc ++ [ name ];
            in
            if options ? ${name} then strangers inner options.${name} [ value.${name} ] else [ (path inner) ]
          ) (attrNames value)
      ) (concatMap (resolved ordinary) definitions);

  evaluated =
    loc: modules: specialArgs:
    let
      arguments = specialArgs // {
        inherit lib options;
        config = values;
      };
      loaded =
        module:
        if isFunction module then
          module arguments
        else if isPath module || isString module then
          loaded (import module)
        else
          module;
      withImports =
        module:
        let
          it = loaded module;
        in
        [ it ] ++ concatMap withImports (it.imports or [ ]);
      every = concatMap withImports modules;
      options = foldl' mergedOptions { } (map (module: module.options or { }) every);
      definitions = map (
        module:
        if module ? config || module ? options then module.config or { } else removeAttrs module [ "imports" ]
      ) every;
      values = valuesOf loc options definitions;
      unknown = strangers loc options definitions;
    in
    {
      inherit options;
      config = if unknown == [ ] then values else throw "The option `${head unknown}' does not exist.";
    };

  lib = {
    inherit types;
    inherit (builtins) concatMap concatStringsSep mapAttrs;
    mkOption = option: { _type = "option"; } // option;
    mkEnableOption =
      what:
      lib.mkOption {
        type = types.bool;
        default = false;
        description = "Whether to enable ${what}.";
      };
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkOverride = priority: content: {
      _type = "override";
      inherit priority content;
    };
    mkDefault = lib.mkOverride 1000;
    mkForce = lib.mkOverride 50;
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalAttrs = condition: values: if condition then values else { };
    filterAttrs =
      keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];
    subtractLists = remove: filter (value: !elem value remove);
    intersectLists = a: filter (value: elem value a);
    makeBinPath = packages: concatStringsSep ":" (map (one: "${one}/bin") packages);
    evalModules =
      {
        modules,
        specialArgs ? { },
      }:
      evaluated [ ] modules specialArgs;
  };
in
lib
