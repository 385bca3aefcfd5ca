# One package of npm's, by its hash. The repository names no registry: the address is whatever the npm that
# comes with Node asks, or NPM_CONFIG_REGISTRY of the builder where that is set (a mirror at home).
{
  lib,
  runCommand,
  cacert,
  curl,
  nodejs_24,
}:
{
  name,
  version,
  integrity,
  path,
  ...
}:
runCommand "${baseNameOf name}-${version}.tgz"
  {
    outputHash = integrity;
    outputHashAlgo = "sha512";
    outputHashMode = "flat";
    nativeBuildInputs = [
      curl
      nodejs_24
    ];
    impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NPM_CONFIG_REGISTRY" ];
    SSL_CERT_FILE = "${cacert}/etc/ssl/certs/ca-bundle.crt";
    inherit path;
    preferLocalBuild = true;
  }
  ''
    registry=''${NPM_CONFIG_REGISTRY:-$(HOME=$TMPDIR npm config get registry)}
    curl --fail --silent --show-error --location --retry 5 --retry-all-errors \
      --output "$out" "''${registry%/}/$path"
  ''
