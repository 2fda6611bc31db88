// encoder > ENCODER: what Go's JSON encoder does with each field of the published Go types of
// Kubernetes: whether the field is a pointer, and whether it is written although it is empty.
// Input of tools/kinds/derive, so not run in the build; `go run .` in a folder of its own with
//
//	go get k8s.io/client-go@v0.34.0 k8s.io/apiextensions-apiserver@v0.34.0 k8s.io/kube-aggregator@v0.34.0
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// types: "core.v1.Pod" -> field -> words: "ptr", "keep"
type types map[string]map[string][]string

func (all types) visit(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		all.visit(t.Elem())
	case reflect.Struct:
		path := strings.Split(t.PkgPath(), "/")
		if len(path) < 2 {
			return
		}
		name := strings.Join(append(path[len(path)-2:], t.Name()), ".")
		if all[name] == nil {
			all[name] = map[string][]string{}
			all.fields(all[name], t)
		}
	}
}

func (all types) fields(of map[string][]string, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			all.fields(of, f.Type)
		} else if f.IsExported() && name != "" && name != "-" {
			of[name] = words(f.Type, options)
			all.visit(f.Type)
		}
	}
}

// A struct is never empty for "omitempty".
func words(t reflect.Type, options string) []string {
	w := []string{}
	if t.Kind() == reflect.Pointer {
		w = append(w, "ptr")
	}
	omits := strings.Contains(options, "omitempty") && t.Kind() != reflect.Struct
	if !omits && !strings.Contains(options, "omitzero") {
		w = append(w, "keep")
	}
	return w
}

func main() {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	all := types{}
	for _, t := range s.AllKnownTypes() {
		all.visit(t)
	}
	all.visit(reflect.TypeFor[meta.APIResourceList]())
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(all); err != nil {
		panic(err)
	}
}
