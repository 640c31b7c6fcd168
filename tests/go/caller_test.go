// Package caller asks the system as a team that writes Go would: by stubs made from the contracts, knowing
// nothing else of the project.
package caller

//go:generate go run ./generate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"enrich.example/caller/enrichv1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

const sentence = "وصل وزير الخارجية فؤاد حسين إلى بغداد."

var connection *grpc.ClientConn

// processes are the servers that the tests ask, the last of them the one that is called.
type processes struct {
	target, root string
	started      []*exec.Cmd
}

// start runs a binary on a free port and gives its address.
func (p *processes) start(name string, args ...string) string {
	server := exec.Command(filepath.Join(p.target, "release", name), append(args, "--listen", "127.0.0.1:0")...)
	server.Dir = p.root
	log, err := server.StderrPipe()
	must(err)
	must(server.Start())
	p.started = append(p.started, server)
	lines := bufio.NewScanner(log)
	address := ""
	for address == "" && lines.Scan() {
		if _, rest, found := strings.Cut(lines.Text(), "listening address="); found {
			address, _, _ = strings.Cut(rest, " ")
		}
	}
	go io.Copy(io.Discard, log)
	return address
}

// end kills what was started.
func (p *processes) end() {
	for _, server := range p.started {
		server.Process.Kill()
		server.Wait()
	}
}

// TestMain starts the system and ends it with the tests: in one process, or, where ENRICH_WIRING is "distributed", in four.
func TestMain(m *testing.M) {
	root, err := filepath.Abs("../..")
	must(err)
	target := os.Getenv("CARGO_TARGET_DIR")
	if target == "" {
		target = filepath.Join(root, "target")
	}
	system := processes{target: target, root: root}
	var address string
	if os.Getenv("ENRICH_WIRING") == "distributed" {
		var args []string
		for _, part := range []string{"language", "entities", "topics"} {
			uri := "http://" + system.start("enrich-"+part)
			must(ready(connect(strings.TrimPrefix(uri, "http://"))))
			args = append(args, "--"+part+"-uri", uri)
		}
		address = system.start("enrich-gateway", args...)
	} else {
		address = system.start("enrich", "serve")
	}
	connection = connect(address)
	err = ready(connection)
	code := 1
	if err == nil {
		code = m.Run()
	}
	system.end()
	must(err)
	os.Exit(code)
}

func connect(address string) *grpc.ClientConn {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	must(err)
	return connection
}

// ready waits until a server says that it serves.
func ready(connection *grpc.ClientConn) error {
	for range 600 {
		answer, err := grpc_health_v1.NewHealthClient(connection).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
		if err == nil && answer.Status == grpc_health_v1.HealthCheckResponse_SERVING {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the server is not ready after a minute")
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func client() enrichv1.EnrichmentServiceClient {
	return enrichv1.NewEnrichmentServiceClient(connection)
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// reason returns the code and the stable reason of an error.
func reason(err error) (codes.Code, string) {
	refusal := status.Convert(err)
	for _, detail := range refusal.Details() {
		if info, is := detail.(*errdetails.ErrorInfo); is && info.Domain == "enrich.v1" {
			return refusal.Code(), info.Reason
		}
	}
	return refusal.Code(), ""
}

func TestSpansAreBytesOfGoStrings(t *testing.T) {
	answer, err := client().Enrich(within(t), &enrichv1.EnrichRequest{
		Id: "a", Text: sentence, OffsetUnit: enrichv1.OffsetUnit_OFFSET_UNIT_UTF8_BYTE,
	})
	if err != nil || answer.Id != "a" || len(answer.Failures) != 0 {
		t.Fatal(answer, err)
	}
	if answer.Language.Tag != "ar" || len(answer.Topics.Topics) != 3 || len(answer.Entities.Mentions) == 0 {
		t.Error(answer)
	}
	for _, mention := range answer.Entities.Mentions {
		if sentence[mention.Span.Begin:mention.Span.End] != mention.Surface {
			t.Error(mention)
		}
	}
}

func TestABatchHasAnAnswerOrAnErrorForEachTextInOrder(t *testing.T) {
	answer, err := client().BatchEnrich(within(t), &enrichv1.BatchEnrichRequest{Requests: []*enrichv1.EnrichRequest{
		{Id: "a", Text: sentence}, {Id: "b"}, {Id: "c", Text: "water"},
	}})
	if err != nil || len(answer.Results) != 3 {
		t.Fatal(answer, err)
	}
	if answer.Results[0].GetResponse().GetId() != "a" || answer.Results[2].GetResponse().GetId() != "c" {
		t.Error(answer)
	}
	refusal := answer.Results[1].GetError()
	if codes.Code(refusal.GetCode()) != codes.InvalidArgument || len(refusal.GetDetails()) == 0 {
		t.Error(refusal)
	}
}

func TestAStreamAnswersEveryItemOnceAndEnds(t *testing.T) {
	const items = 200
	stream, err := client().StreamEnrich(within(t))
	must(err)
	go func() {
		for number := range items {
			request := &enrichv1.EnrichRequest{Id: fmt.Sprint(number), Text: fmt.Sprint(sentence, number)}
			if stream.Send(&enrichv1.StreamEnrichRequest{Request: request}) != nil {
				return
			}
		}
		stream.CloseSend()
	}()
	seen := map[string]bool{}
	for {
		answer, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if end := answer.GetEnd(); end != nil {
			if end.Received != items || end.Answered != items || len(seen) != items {
				t.Error(end, len(seen))
			}
			break
		}
		if answer.GetResponse() == nil || seen[answer.Id] {
			t.Fatal(answer)
		}
		seen[answer.Id] = true
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Error(err)
	}
}

func TestMistakesHaveStableReasons(t *testing.T) {
	for want, request := range map[string]*enrichv1.EnrichRequest{
		"EMPTY_TEXT":              {},
		"TEXT_TOO_LONG":           {Text: strings.Repeat("a", 1<<20+1)},
		"UNKNOWN_ENUM_VALUE":      {Text: "a", OffsetUnit: 9},
		"UNKNOWN_LANGUAGE":        {Text: "a", Language: "not a tag"},
		"REQUIRED_PART_NOT_ASKED": {Text: "a", Language: "en", Require: []enrichv1.Feature{enrichv1.Feature_FEATURE_LANGUAGE}},
	} {
		_, err := client().Enrich(within(t), request)
		if code, got := reason(err); code != codes.InvalidArgument || got != want {
			t.Error(want, err)
		}
	}
}

func TestADeadlineEndsTheCall(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	answer, err := client().Enrich(ctx, &enrichv1.EnrichRequest{Text: strings.Repeat(sentence, 2000)})
	if err != nil {
		if status.Code(err) != codes.DeadlineExceeded {
			t.Error(err)
		}
		return
	}
	// The gateway answers just before the deadline with the parts that it has.
	if len(answer.Failures) == 0 {
		t.Error("a long text was read to its end within the deadline")
	}
	for _, failure := range answer.Failures {
		if codes.Code(failure.Status.Code) != codes.DeadlineExceeded {
			t.Error(failure)
		}
	}
}

func TestGetInfoTellsModelsAndLimits(t *testing.T) {
	info, err := client().GetInfo(within(t), &enrichv1.EnrichmentServiceGetInfoRequest{})
	if err != nil || len(info.Failures) != 0 {
		t.Fatal(info, err)
	}
	if info.Limits.TextBytesMax != 1<<20 || info.Limits.DeadlineDefault.AsDuration() != 10*time.Second {
		t.Error(info.Limits)
	}
	if len(info.Entities.Models) != 1 || len(info.Entities.Models[0].Sha256) != 64 {
		t.Error(info.Entities)
	}
}
