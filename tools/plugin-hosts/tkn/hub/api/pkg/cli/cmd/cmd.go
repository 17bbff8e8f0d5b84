// Package cmd stands in for the command `tkn hub`, which has nothing to do with
// plugins and whose module the module proxy does not serve.
package cmd

import "github.com/spf13/cobra"

// Root is a command that does nothing.
func Root(struct{}) *cobra.Command { return &cobra.Command{Use: "hub", Hidden: true} }
