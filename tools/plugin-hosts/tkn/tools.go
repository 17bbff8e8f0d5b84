//go:build tools

// Package tools pins the tkn that the tests drive the command-line tool
// through as its plugin.
package tools

import _ "github.com/tektoncd/cli/cmd/tkn"
