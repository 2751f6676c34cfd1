/**
 * Every version and every sum that the lab trusts. To move to another release: change the versions
 * here, take the archive sums from envtest-releases.yaml of kubernetes-sigs/controller-tools, and
 * the module sums from the go.sum that `go mod download` writes in a scratch module.
 */

/** A Go module that is not meant to be built from outside, and how to do it all the same. */
export interface GoModulePin {
  path: string;
  version: string;
  /** The version of the modules that it replaces by local folders (its staging modules). */
  localVersion: string;
  /** The go.sum lines of the module and of those; its own go.sum holds all others. */
  sums: string;
}

/** An archive of envtest: etcd, kube-apiserver and kubectl, by `os-arch` as Go names them. */
export interface EnvtestPin {
  version: string;
  sha512: Record<string, string>;
}

/** Debian's source package, and the compiler package that it builds with. */
export interface DebianSourcePin {
  package: string;
  version: string;
  /** SHA-256 of each file that the source package is made of. */
  sha256: Record<string, string>;
  /** Go release of the Debian packages golang-X-go and golang-X-src. */
  golang: string;
}

/** One Kubernetes release that the lab can run, and where it can come from. */
export interface Release {
  /** What `--version` takes. */
  name: '1.36' | '1.20';
  version: string;
  envtest?: EnvtestPin;
  goModule?: GoModulePin;
  debianSource?: DebianSourcePin;
}

/** What `--version` takes. */
export type ReleaseName = Release['name'];

/** The etcd that is built where none is installed: the one Kubernetes 1.36 is tested with is 3.6. */
export const ETCD: GoModulePin = {
  path: 'go.etcd.io/etcd/server/v3',
  version: 'v3.6.16',
  localVersion: 'v3.6.16',
  sums: `
go.etcd.io/etcd/api/v3 v3.6.16 h1:+aBihYqz6+zMcGWNNT2dbFMKvqqQXvHJG9SmZDzwRdA=
go.etcd.io/etcd/api/v3 v3.6.16/go.mod h1:o+O3YZdNd0GCp9En7DkQVMy8+llOf6YEnVODp33c5I4=
go.etcd.io/etcd/client/pkg/v3 v3.6.16 h1:HIgUJREB8Dpngx2P57SJ6zaXlNgvVww/gCudfsnr8jc=
go.etcd.io/etcd/client/pkg/v3 v3.6.16/go.mod h1:D5jrvTmwuwDeY2IKLNpBU844osV62ivoHSgjYExxYGc=
go.etcd.io/etcd/client/v3 v3.6.16 h1:X/vPXgVsXvG0OoqXGvq2N7njeBj+bCY9lOZPyUsZJUg=
go.etcd.io/etcd/client/v3 v3.6.16/go.mod h1:vgEn71HrtayknFJiBidfa2qlclmIYFp1+i0Gi8dIClI=
go.etcd.io/etcd/pkg/v3 v3.6.16 h1:ewGbB52WuLTFC0V5ch0rtE9M6HOk77VVlF31i3zNE+k=
go.etcd.io/etcd/pkg/v3 v3.6.16/go.mod h1:s9AQbqr/R5RbEvYNDEqrKexeHItdaFQD7I/YFHzTYqA=
go.etcd.io/etcd/server/v3 v3.6.16 h1:sLkpvz3RFtiNd/yPrZBKz5kT+XO1ZJkhmuUJeqc7OmA=
go.etcd.io/etcd/server/v3 v3.6.16/go.mod h1:4SjXH6zYclHqLjZRkTVAS6cEsJjuso0IZVzCKNXLrak=
`,
};

/** The releases, the one that serves where none is asked for first. */
export const RELEASES: readonly Release[] = [
  {
    name: '1.36',
    version: 'v1.36.3',
    envtest: {
      version: 'v1.36.2',
      sha512: {
        'darwin-amd64':
          'b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbef8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514',
        'darwin-arm64':
          '9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce',
        'linux-amd64':
          'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
        'linux-arm64':
          '2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae28181afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac',
      },
    },
    goModule: {
      path: 'k8s.io/kubernetes',
      version: 'v1.36.3',
      localVersion: 'v0.36.3',
      sums: `
k8s.io/api v0.36.3 h1:NxB+05W2UGqXWFXcLO0RB5cnqnUPP5v5sVlaOH0Iz4w=
k8s.io/api v0.36.3/go.mod h1:JzLQKqRHC5+I8RVj/lS3lCg0mg6nWI9Fo/Sk3ElxHzg=
k8s.io/apiextensions-apiserver v0.36.3 h1:dPmOAPhwTtqb1bTxbFPsy18KHPhktQeO3WUPXunZIB0=
k8s.io/apiextensions-apiserver v0.36.3/go.mod h1:KTXFqgXiuw2pRoL+Wpmttqc+up9Xt/GohadPWeLLOa4=
k8s.io/apimachinery v0.36.3 h1:PkzMRBRG8joFD8EhCuQAtNPvJlxb82FwplP26HIzvAM=
k8s.io/apimachinery v0.36.3/go.mod h1:cTSjBWgPe/6CQyBKzY/hDIRWCQQQeK0mfLbml0UYFHE=
k8s.io/apiserver v0.36.3 h1:MGSg2SkdfuytiDEcRylT5mQFmmSsbx90XFUO67Y4bsQ=
k8s.io/apiserver v0.36.3/go.mod h1:fVH7zv9EUNUA7Fl7LtDKh8aB9W7u1VQPSGtWV5SjUxg=
k8s.io/cli-runtime v0.36.3 h1:g+eJ+M1sYpnNYp/q5fzaw2KejIL0Q7DH+xFl6YVoL4U=
k8s.io/cli-runtime v0.36.3/go.mod h1:hZpAqK8nSFXvvLaVCbzUPVp8e9TRLSTCfpNzMt7s3tE=
k8s.io/client-go v0.36.3 h1:M4JdVzXxYcZk4fGpfDdYnxSwhLKWCFoQsHW6t+z8Hfg=
k8s.io/client-go v0.36.3/go.mod h1:gcPwr0c87vjjG6HB6pWEqOeuYVoXSsREjzux2j6GF30=
k8s.io/cloud-provider v0.36.3 h1:M5Nu+Dms8w5WIWJ+kmazaXCpTy3sRPxxFkksTH23MmA=
k8s.io/cloud-provider v0.36.3/go.mod h1:OEXyTpOUQz+wrw8F3b+DwwDORz1FiR8+vvxk7UvEedM=
k8s.io/cluster-bootstrap v0.36.3 h1:pyPFVCjsHrwl3mIQV3dp7YuXn//1DHVpCDzpcjqF6tI=
k8s.io/cluster-bootstrap v0.36.3/go.mod h1:yWUirkNm9DKtLZhGP/lbdJAIU9iUuH/Z9NDdZnkutAk=
k8s.io/component-base v0.36.3 h1:vc/UFvPCkW0irPz84LAodAL1j3f4xktPM6dDJIEheAY=
k8s.io/component-base v0.36.3/go.mod h1:hZbNFG+gCMl9EbykDGEu73feKP9/Cq6JsV4pTo9GTO8=
k8s.io/component-helpers v0.36.3 h1:hya22S0Mto0SlHaiD4kMIi817f/tK7uTMsShxrDKQaY=
k8s.io/component-helpers v0.36.3/go.mod h1:QjREK1lOFXR+jxTqzrtHgOtzUc2s9sm8zuFSiK+TW+c=
k8s.io/controller-manager v0.36.3 h1:GUP9E6+1EUEzxZgceOw2I+jyuahrTluadj6ZoZ/1Sbw=
k8s.io/controller-manager v0.36.3/go.mod h1:zrjaNqXRz4vfK5TdOQZEfOiTofcyIKrt/Y+jKdwqLa4=
k8s.io/cri-api v0.36.3 h1:QFEMKGim6DSdlaW3JwpjVCjUQgTnkKG7i3McAaBW6Fo=
k8s.io/cri-api v0.36.3/go.mod h1:1gMX7udEAiRCWGS4uxscdbxq6vufwhZt38Ri+XH6P00=
k8s.io/cri-client v0.36.3 h1:WJDkJi43siWEUPyChC4ag9xUannsyW/TfL4OgLUsYOA=
k8s.io/cri-client v0.36.3/go.mod h1:kQd5eyZf1fGedMYirzWXG+miafXvaQHwRjYvWTjHcKc=
k8s.io/cri-streaming v0.36.3 h1:9K5Is7E9rwhwrOOiRWoWNX2xQ/5haD6G6DMl6pvfn9M=
k8s.io/cri-streaming v0.36.3/go.mod h1:qNVk/oZbSFiV9Ml/F5wdE16sE4lp+Mk4JJxlB8NbitI=
k8s.io/csi-translation-lib v0.36.3 h1:C0bncvnjwMGNiBwHbukjiTMhyl2V0QFDH+en8m1q5bo=
k8s.io/csi-translation-lib v0.36.3/go.mod h1:PbDO8nzkv0hgdy36sn3ipms2rJBLAsSnCn/s0QASZP0=
k8s.io/dynamic-resource-allocation v0.36.3 h1:5cDyWiGhqJMrp8UwdgAqHcDkZHQ7wFhIK4aTr3OgFrI=
k8s.io/dynamic-resource-allocation v0.36.3/go.mod h1:jt+LtmnMqIqV7lG4PznEtuhPy+fHipfAD0Q+biKszAg=
k8s.io/endpointslice v0.36.3 h1:5q2Vn5IP9yDCFIb0zNaRWXV59srZbqzhhUxf3qkcL+E=
k8s.io/endpointslice v0.36.3/go.mod h1:IqqIGV1fIEdiI6V/IzH2InMbk6N4OH1nYjWx4RC1GKw=
k8s.io/externaljwt v0.36.3 h1:a4dbIxCyBLmiz2dhxQfbRPTDdy6RF6KVh492SN346L0=
k8s.io/externaljwt v0.36.3/go.mod h1:/up0w3ygAuF3rfFwzmStspfU10YL3toK+Ejj1H2TXn4=
k8s.io/kms v0.36.3 h1:uHY7Vfec0IhuTWjO6u/u/6hE1DcZmCB7Xm/6+GQxkNs=
k8s.io/kms v0.36.3/go.mod h1:g91diTD9h0oJCCHkTb00krlF+Qm5HTnkWLi9Q/TpRoc=
k8s.io/kube-aggregator v0.36.3 h1:eypRCZKyGx3u9TLdnLva47l6R/67Zs9h9FQI+uMruaY=
k8s.io/kube-aggregator v0.36.3/go.mod h1:WLfUZLoYlcuy+LnfBOv9eV9bVvNf+x8dYt0mfVrq/6Y=
k8s.io/kube-controller-manager v0.36.3 h1:aR1L81tpNzINGkGy9x00Vfpm0Cx9+EivY48ugpsy6+A=
k8s.io/kube-controller-manager v0.36.3/go.mod h1:kgv6ebegdZD87X3/tHLSSK5nb10veh+CKsO+/UT55ig=
k8s.io/kube-proxy v0.36.3 h1:ipoTO/dvNTpbpW6RAvCSCMh1zB2WwpEBkNLLdrz1h7U=
k8s.io/kube-proxy v0.36.3/go.mod h1:467XkulafnGyKCKSSlfQmfEWg1BBUgGSYksXhQ89/iw=
k8s.io/kube-scheduler v0.36.3 h1:sc18quI2CgvH23oU1eJIQ21ivJENzjH4cxATqLSSubM=
k8s.io/kube-scheduler v0.36.3/go.mod h1:M7zaLPp1Q3S6ddqZYYLiQiGw21t5bLD0FaPRXyomP7c=
k8s.io/kubectl v0.36.3 h1:TesKp+XYQEjPYoFvuobcVnuvira2+/xAVlq//+kksaI=
k8s.io/kubectl v0.36.3/go.mod h1:W+NEb1CzBGmoaI1Nrpn2ETo9omNBl0AsyxnnMT40N6E=
k8s.io/kubelet v0.36.3 h1:dRzEnhHk35Opy6wjWR4YBcN5RI9lB2npUY37TghFuPU=
k8s.io/kubelet v0.36.3/go.mod h1:4USFGr21Ioka+b964Beq0NvV5b5aca3RWJ1/kfq+RLw=
k8s.io/kubernetes v1.36.3 h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=
k8s.io/kubernetes v1.36.3/go.mod h1:6oChkQeI7Yf6lV9lFpSdRzODdbY/ECp/4zUeBk8ONaw=
k8s.io/metrics v0.36.3 h1:NDKceAgWS8CJCdDtM5kFACkBOa9Lxia1jUiibJfvUgQ=
k8s.io/metrics v0.36.3/go.mod h1:NTLS8ybwn+zYGwKqYublWPvmnNp8N4pV3etjtx7XWaM=
k8s.io/mount-utils v0.36.3 h1:X/18T+WI3UfJvcGa2MMdSBOL5zjT7fIcB7zGHAv6UDk=
k8s.io/mount-utils v0.36.3/go.mod h1:+I47UOG6FiUGVSy7VanjU/mQXLShMo3M7xBpGLzCub8=
k8s.io/pod-security-admission v0.36.3 h1:nWRx42eQwSkapa0TPwtho35adfSziRmPYuzwU+4xPpo=
k8s.io/pod-security-admission v0.36.3/go.mod h1:wYrV4tipwzgwUOFIy14KcpIfUKnJduVZPHZMgJEUbVg=
k8s.io/streaming v0.36.3 h1:9rAaqBk0C0Pc7+/fqGekj07NV+/Xrew58p647A0JT8w=
k8s.io/streaming v0.36.3/go.mod h1:z6fV3D+NVkoeqRMtWwlUZK6U17SY/LqNzOxWL6GyR/s=
`,
    },
  },
  {
    name: '1.20',
    version: 'v1.20.2',
    debianSource: {
      package: 'kubernetes',
      version: '1.20.5+really1.20.2-1.1+deb12u1',
      sha256: {
        'kubernetes_1.20.5+really1.20.2.orig.tar.gz':
          'b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc',
        'kubernetes_1.20.5+really1.20.2-1.1+deb12u1.debian.tar.xz':
          '9b6e5fd41769d2b5badf2e73b274e3bcd90f85e13d06a1a4a845ccce018127d8',
      },
      golang: '1.19',
    },
  },
];

/** The release of that name. */
export function release(name: ReleaseName): Release {
  const found = RELEASES.find((each) => each.name === name);
  if (!found) throw new Error(`the lab knows no Kubernetes ${name}`);
  return found;
}
