// published > src/core/kinds/published.tsv: names, types, protobuf numbers and what is written when it is
// empty, of every group-version that Kubernetes publishes as Go types, old and new.  No prose.  Not run in
// the build; its output is committed.  `go run .` in a folder of its own with
//
//	go get k8s.io/client-go@v0.37.2 k8s.io/apiextensions-apiserver@v0.37.2 k8s.io/kube-aggregator@v0.37.2
//
// The rows are those of facts.tsv (tools/kinds/derive), fields in the order in which Go writes them; types that
// are the same in several versions are there once.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"sort"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	admissionv1beta1 "k8s.io/api/admission/v1beta1"
	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	apidiscoveryv2beta1 "k8s.io/api/apidiscovery/v2beta1"
	imagepolicyv1alpha1 "k8s.io/api/imagepolicy/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	apiregistrationv1beta1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1beta1"
)

type field struct {
	name, attributes, number string
	shape                    string // "", "[]", "{}", "[][]"...
	of                       string // a scalar of facts.tsv, or a type
}

type types map[string][]field

// What has a form of its own in JSON or protobuf.
var plain = map[string]string{
	"api.resource.Quantity": "quantity", "util.intstr.IntOrString": "intstr", "pkg.runtime.RawExtension": "raw",
	"meta.v1.Time": "time", "meta.v1.MicroTime": "microtime", "meta.v1.FieldsV1": "raw",
	"apiextensions.v1.JSON": "any", "apiextensions.v1beta1.JSON": "any",
}

func name(t reflect.Type) string {
	path := strings.Split(t.PkgPath(), "/")
	return strings.Join(append(path[max(0, len(path)-2):], t.Name()), ".")
}

func (all types) kind(t reflect.Type) (shape, of string) {
	if p, ok := plain[name(t)]; ok && t.PkgPath() != "" {
		return "", p
	}
	switch t.Kind() {
	case reflect.Pointer:
		return all.kind(t.Elem())
	case reflect.String:
		return "", "string"
	case reflect.Bool:
		return "", "boolean"
	case reflect.Float64:
		return "", "double"
	case reflect.Int64:
		return "", "int64"
	case reflect.Int, reflect.Int32, reflect.Uint8, reflect.Int8:
		return "", "int32"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "", "byte"
		}
		shape, of = all.kind(t.Elem())
		return "[]" + shape, of
	case reflect.Map:
		shape, of = all.kind(t.Elem())
		return "{}" + shape, of
	case reflect.Struct:
		// apiextensions' unions: JSON has what is in them
		for _, union := range []string{"JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray"} {
			if t.Name() == union {
				all.visit(t.Field(t.NumField() - 2).Type)
				return "", "any"
			}
		}
		all.visit(t)
		return "", name(t)
	}
	panic(fmt.Sprintf("%s: no form for a %s", name(t), t.Kind()))
}

func (all types) visit(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if _, seen := all[name(t)]; !seen && t.Kind() == reflect.Struct {
		all[name(t)] = nil
		all[name(t)] = all.fields(t, "")
	}
}

func protobuf(f reflect.StructField) string {
	parts := strings.Split(f.Tag.Get("protobuf"), ",")
	if len(parts) > 1 {
		return parts[1]
	}
	return "-"
}

func (all types) fields(t reflect.Type, within string) []field {
	out := []field{}
	for i := range t.NumField() {
		f := t.Field(i)
		json, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		number := protobuf(f)
		if f.Anonymous && json == "" {
			if f.Type.Kind() == reflect.Struct {
				inlined := all.fields(f.Type, within+number+".")
				for i := range inlined {
					if number == "-" { // the type of an object is in its envelope
						inlined[i].number = "-"
					}
				}
				out = append(out, inlined...)
			}
			continue
		}
		if !f.IsExported() || json == "" || json == "-" {
			continue
		}
		shape, of := all.kind(f.Type)
		if number != "-" {
			number = within + number
		}
		out = append(out, field{json, words(f.Type, options), number, shape, of})
	}
	return out
}

// A struct is never empty for "omitempty".
func words(t reflect.Type, options string) string {
	w := []string{}
	if t.Kind() == reflect.Pointer {
		w = append(w, "ptr")
	}
	omits := strings.Contains(options, "omitempty") && t.Kind() != reflect.Struct
	if !omits && !strings.Contains(options, "omitzero") {
		w = append(w, "keep")
	}
	if len(w) == 0 {
		return "-"
	}
	return strings.Join(w, ",")
}

// Classes of types that nothing tells apart, each called by its first name.
func (all types) classes() map[string]string {
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	sort.Strings(names)
	class := map[string]string{}
	for _, n := range names {
		class[n] = "" // all alike, until told apart
	}
	for before := 0; ; {
		first := map[string]string{}
		next := map[string]string{}
		for _, n := range names {
			// unions are known by their owner's name
			text := class[n] + "|" + fmt.Sprint(strings.HasSuffix(n, ".JSONSchemaProps"))
			for _, f := range all[n] {
				of := f.of
				if c, ok := class[of]; ok {
					of = "=" + c
				}
				text += fmt.Sprintf("|%s %s %s %s%s", f.name, f.attributes, f.number, f.shape, of)
			}
			if _, ok := first[text]; !ok {
				first[text] = n
			}
			next[n] = first[text]
		}
		class = next
		if len(first) == before {
			return class
		}
		before = len(first)
	}
}

func release() string {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "k8s.io/api" {
			return "1" + strings.TrimPrefix(d.Version, "v0")
		}
	}
	return "?"
}

func main() {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme, apiextensionsv1beta1.AddToScheme,
		apiregistrationv1.AddToScheme, apiregistrationv1beta1.AddToScheme, admissionv1.AddToScheme, admissionv1beta1.AddToScheme,
		apidiscoveryv2.AddToScheme, apidiscoveryv2beta1.AddToScheme, imagepolicyv1alpha1.AddToScheme} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	all, kinds := types{}, []schema.GroupVersionKind{}
	of := map[schema.GroupVersionKind]string{}
	for gvk, t := range s.AllKnownTypes() {
		common := strings.HasSuffix(t.PkgPath(), "/meta/v1") // options and the like are in every group
		if gvk.Version == runtime.APIVersionInternal || (common && gvk.Group != "" && gvk.Group != "meta.k8s.io") || t.Name() == "InternalEvent" {
			continue
		}
		if t.Kind() != reflect.Struct || t.PkgPath() == "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured" {
			continue
		}
		all.visit(t)
		kinds, of[gvk] = append(kinds, gvk), name(t)
	}
	slices.SortFunc(kinds, func(a, b schema.GroupVersionKind) int { return strings.Compare(a.String(), b.String()) })
	class := all.classes()
	fmt.Printf("# Made by tools/kinds/published from Kubernetes %s.\n", release())
	names := []string{}
	for n, c := range class {
		if n == c {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Printf("T\t%s\n", n)
		for _, f := range all[n] {
			t := f.of
			if c, ok := class[t]; ok {
				t = c
			}
			fmt.Printf("F\t%s\t%s%s\t%s\t%s\n", f.name, f.shape, t, f.attributes, f.number)
		}
	}
	for _, k := range kinds {
		group := k.Group
		if group == "" {
			group = "-"
		}
		fmt.Printf("K\t%s\t%s\t%s\t-\t-\t-\t%s\n", group, k.Version, k.Kind, class[of[k]])
	}
	if len(kinds) == 0 {
		os.Exit(1)
	}
}
