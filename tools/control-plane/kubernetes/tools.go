//go:build tools

// Package tools pins the commands of the control plane that the tests and the
// demo run against, so that one `go build` makes the versions in go.sum.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
