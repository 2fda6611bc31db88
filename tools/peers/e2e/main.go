// A peer of tests/conformance: Kubernetes' own end-to-end tests.  Named here so that their modules are found;
// tools/peers/build compiles the package itself.
package main

import _ "k8s.io/kubernetes/test/e2e"

func main() {}
