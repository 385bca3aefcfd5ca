# Of a home that exists in a test only. Everybody may know them: the seed of each is SHA-256 of
# "nixwave vm test NAME".
{
  ci = {
    public = "vm-ci-1:+rqhdRNl0yvdYE/sTxM593sLInAfSVgOpyVMCtuM7sw=";
    secret = "vm-ci-1:ayB/zO7LD2xo41DJ/jin4uHEr8yNsj4EusD6JUN0q936uqF1E2XTK91gT+xPEzn3ewsicB9JWA6nJUwK24zuzA==";
  };
  hub = {
    public = "vm-hub-1:QakP3Xs0DdifAVExXzAtC+4EFK4MbVlwx5M1bSSsN5A=";
    secret = "vm-hub-1:vgvqLuKil3LADBmZYhy6nLnWLcp635X5i3CwUnti1ChBqQ/dezQN2J8BUTFfMC0L7gQUrgxtWXDHkzVtJKw3kA==";
  };
  cache = {
    public = "vm-cache-1:Hcl3uN6zqOXp1nDPyK/vt38WQtPYcYfgJZY47PXegbE=";
    secret = "vm-cache-1:pYItvLMl1iRI1cP03fwvQHNA43K2WIQ6Ui/3C3ql74odyXe43rOo5enWcM/Ir++3fxZC09hxh+Alljjs9d6BsQ==";
  };
  # Never in this home: a second of each, so that no module warns of a single key.
  spareCi = "vm-ci-2:gKGh5R+/1xCQlM7A4A2Qv5e1VRKTQmLOM20PhQ6goGI=";
  spareHub = "vm-hub-2:NTzt7du4R6CaONc17q2gnHwq3WMH2D+p0HAexOOHQEs=";
}
