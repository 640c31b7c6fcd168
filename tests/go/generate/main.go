// Generate makes the Go messages and stubs from the contracts that the Rust code is made from: it hands
// proto/src/gen/descriptors.binpb to protoc's two plugins for Go. Run by `go generate` in the folder above.
package main

import (
	"bytes"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

const (
	descriptors = "../../proto/src/gen/descriptors.binpb"
	folder      = "enrichv1"
)

func main() {
	data, err := os.ReadFile(descriptors)
	check(err)
	var set descriptorpb.FileDescriptorSet
	check(proto.Unmarshal(data, &set))
	parameters := []string{"paths=source_relative"}
	var wanted []string
	for _, file := range set.File {
		if strings.HasPrefix(file.GetName(), "enrich/v1/") {
			wanted = append(wanted, file.GetName())
			parameters = append(parameters, "M"+file.GetName()+"=enrich.example/caller/"+folder)
		}
	}
	request := &pluginpb.CodeGeneratorRequest{
		FileToGenerate: wanted,
		Parameter:      proto.String(strings.Join(parameters, ",")),
		ProtoFile:      set.File,
	}
	input, err := proto.Marshal(request)
	check(err)
	check(os.MkdirAll(folder, 0o755))
	for _, plugin := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		run(plugin, input)
	}
}

func run(plugin string, input []byte) {
	command := exec.Command("go", "tool", plugin)
	command.Stdin = bytes.NewReader(input)
	command.Stderr = os.Stderr
	output, err := command.Output()
	check(err)
	var response pluginpb.CodeGeneratorResponse
	check(proto.Unmarshal(output, &response))
	if response.Error != nil {
		log.Fatal(response.GetError())
	}
	for _, file := range response.File {
		check(os.WriteFile(filepath.Join(folder, filepath.Base(file.GetName())), []byte(file.GetContent()), 0o644))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
