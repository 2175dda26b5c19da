# The functions of nixpkgs' library that the flake uses, with the same results for the flake's own arguments.
let
  inherit (builtins)
    any
    concatMap
    isList
    listToAttrs
    map
    stringLength
    substring
    ;

  startsWith = prefix: text: substring 0 (stringLength prefix) text == prefix;

  nameValuePair = name: value: { inherit name value; };
in
{
  inherit nameValuePair;

  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);

  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (builtins.attrNames set));

  assertMsg = condition: message: condition || throw message;

  getExe = package: "${package}/bin/${package.meta.mainProgram}";

  fileset = {
    # Here a set is a list of what is in it.
    unions = concatMap (set: if isList set then set else [ set ]);

    # Like the real one it refuses what is not there, since a file that was renamed must not be left out in silence.
    toSource =
      { root, fileset }:
      let
        name =
          file: if builtins.pathExists file then toString file else throw "${toString file} does not exist";
        within = path: file: path == name file || startsWith "${name file}/" path;
        leadsTo = path: file: startsWith "${path}/" (name file);
      in
      builtins.path {
        name = "source";
        path = root;
        filter =
          path: type: any (within path) fileset || (type == "directory" && any (leadsTo path) fileset);
      };
  };
}
