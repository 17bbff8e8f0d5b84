//go:build tools

// Package tools pins the kubectl that the tests drive the command-line tool
// through as its plugin. It is a module of its own so that the control plane
// need not be built again when it changes.
package tools

import _ "k8s.io/kubernetes/cmd/kubectl"
