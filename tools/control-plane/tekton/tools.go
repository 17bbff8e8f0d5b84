//go:build tools

// Package tools pins the Tekton processes that the tests and the demo run.
// It is a module of its own because Kubernetes' replaces would drag Tekton's
// apimachinery to another version.
package tools

import (
	_ "github.com/tektoncd/pipeline/cmd/controller"
	_ "github.com/tektoncd/pipeline/cmd/webhook"
)
