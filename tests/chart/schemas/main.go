// Command schemas writes JSON schemas that kubeconform reads, out of what Kubernetes and its operators publish.
//
//	schemas OUT NAME=FILE...
//
// FILE is an OpenAPI document (swagger.json), whose kinds become OUT/NAME/KIND-GROUP-VERSION.json, or a
// CustomResourceDefinition (.yaml), whose kinds become OUT/NAME/KIND_VERSION.json.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

type schema = map[string]any

const prefix = "#/definitions/"

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: schemas OUT NAME=FILE...")
	}
	for _, arg := range os.Args[2:] {
		name, file, _ := strings.Cut(arg, "=")
		content, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		folder := filepath.Join(os.Args[1], name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			log.Fatal(err)
		}
		if strings.HasSuffix(file, ".json") {
			err = openAPI(folder, content)
		} else {
			err = custom(folder, content)
		}
		if err != nil {
			log.Fatalf("%s: %v", file, err)
		}
	}
}

// openAPI writes a schema for every kind of an OpenAPI document, each with the definitions that it needs.
func openAPI(folder string, content []byte) error {
	var document struct{ Definitions map[string]schema }
	if err := json.Unmarshal(content, &document); err != nil {
		return err
	}
	for _, definition := range document.Definitions {
		strict(definition)
	}
	for name, definition := range document.Definitions {
		kinds, _ := definition["x-kubernetes-group-version-kind"].([]any)
		for _, kind := range kinds {
			kind := kind.(schema)
			needed := schema{}
			collect(document.Definitions, name, needed)
			// As kubeconform spells it: the first word of the group.
			group, _, _ := strings.Cut(kind["group"].(string), ".")
			parts := []string{kind["kind"].(string), group, kind["version"].(string)}
			file := strings.ToLower(strings.ReplaceAll(strings.Join(parts, "-"), "--", "-")) + ".json"
			whole := schema{"allOf": []any{schema{"$ref": prefix + name}}, "definitions": needed}
			if err := write(filepath.Join(folder, file), whole); err != nil {
				return err
			}
		}
	}
	return nil
}

// collect adds the definition `name`, and those that it refers to, to `needed`.
func collect(all map[string]schema, name string, needed schema) {
	if _, known := needed[name]; known {
		return
	}
	needed[name] = all[name]
	for _, other := range references(all[name]) {
		collect(all, other, needed)
	}
}

func references(node any) (found []string) {
	switch node := node.(type) {
	case schema:
		if name, ok := node["$ref"].(string); ok {
			found = append(found, strings.TrimPrefix(name, prefix))
		}
		for _, child := range node {
			found = append(found, references(child)...)
		}
	case []any:
		for _, child := range node {
			found = append(found, references(child)...)
		}
	}
	return found
}

// strict refuses fields that are not known, and lets be a number what Kubernetes also takes as one.
func strict(node any) {
	switch node := node.(type) {
	case schema:
		for _, child := range node {
			strict(child)
		}
		if node["format"] == "int-or-string" || node["x-kubernetes-int-or-string"] == true || isQuantity(node) {
			delete(node, "format")
			delete(node, "pattern")
			delete(node, "anyOf")
			node["type"] = []any{"string", "number"}
		}
		_, fields := node["properties"].(schema)
		_, more := node["additionalProperties"]
		if fields && !more && node["x-kubernetes-preserve-unknown-fields"] != true {
			node["additionalProperties"] = false
		}
	case []any:
		for _, child := range node {
			strict(child)
		}
	}
}

func isQuantity(node schema) bool {
	words, _ := node["description"].(string)
	return node["type"] == "string" && strings.HasPrefix(words, "Quantity is a fixed-point representation")
}

// custom writes a schema for every version of a custom resource.
func custom(folder string, content []byte) error {
	var definition struct {
		Spec struct {
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema schema }
			}
		}
	}
	if err := yaml.Unmarshal(content, &definition); err != nil {
		return err
	}
	for _, version := range definition.Spec.Versions {
		root := version.Schema.OpenAPIV3Schema
		strict(root)
		root["properties"].(schema)["metadata"] = schema{"type": "object"}
		file := fmt.Sprintf("%s_%s.json", strings.ToLower(definition.Spec.Names.Kind), version.Name)
		if err := write(filepath.Join(folder, file), root); err != nil {
			return err
		}
	}
	return nil
}

func write(file string, whole schema) error {
	content, err := json.Marshal(whole)
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
