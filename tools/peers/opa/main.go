// A peer of tests/bench/rego.py: OPA by its own library.
//
//	peer bench POLICY RULE INPUT   nanoseconds of an evaluation
//	peer eval RULE INPUT FILE...   the rule's value, once: a whole process
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

const rounds, batch = 10, 2000

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func input(path string) ast.Value {
	if path == "-" {
		return ast.NewObject()
	}
	text, err := os.ReadFile(path)
	must(err)
	var doc any
	must(json.Unmarshal(text, &doc))
	value, err := ast.InterfaceToValue(doc)
	must(err)
	return value
}

func bench(policy, rule string, in ast.Value) {
	ctx := context.Background()
	query, err := rego.New(rego.Query(rule), rego.Load([]string{policy}, nil)).PrepareForEval(ctx)
	must(err)
	best := math.Inf(1)
	for range rounds {
		start := time.Now()
		for range batch {
			_, err := query.Eval(ctx, rego.EvalParsedInput(in))
			must(err)
		}
		best = min(best, float64(time.Since(start).Nanoseconds())/batch)
	}
	fmt.Printf("%.0f\n", best)
}

func eval(rule string, in ast.Value, files []string) {
	ctx := context.Background()
	result, err := rego.New(rego.Query(rule), rego.SetRegoVersion(ast.RegoV0), rego.Load(files, nil),
		rego.ParsedInput(in)).Eval(ctx)
	must(err)
	var text strings.Builder
	must(json.NewEncoder(&text).Encode(result[0].Expressions[0].Value))
	fmt.Print(text.String())
}

func main() {
	if os.Args[1] == "bench" {
		bench(os.Args[2], os.Args[3], input(os.Args[4]))
	} else {
		eval(os.Args[2], input(os.Args[3]), os.Args[4:])
	}
}
