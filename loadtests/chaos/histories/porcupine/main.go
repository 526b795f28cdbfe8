// Reads histories, one JSON document a line, and checks each for linearizability: a sale's stock, or one order
// as a register. Prints a verdict for each, one JSON document a line: legal, illegal or unknown.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const longestLine = 64 << 20

type history struct {
	Model string `json:"model"`
	ID    string `json:"id"`
	// Units of a sale.
	Units int  `json:"units"`
	Ops   []op `json:"ops"`
}

// Times in microseconds; who was never answered returns at the end of all times.
type op struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
	Version  int    `json:"version"`
	// May have happened or not.
	Doubtful bool  `json:"doubtful"`
	Call     int64 `json:"call"`
	Return   int64 `json:"return"`
}

type verdict struct {
	Model   string `json:"model"`
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
}

func main() {
	limit, err := time.ParseDuration(os.Args[1])
	if err != nil {
		fail(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var each history
		if err := json.Unmarshal(lines.Bytes(), &each); err != nil {
			fail(err)
		}
		if err := out.Encode(verdict{each.Model, each.ID, check(each, limit)}); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func check(each history, limit time.Duration) string {
	model := stockModel(each.Units)
	if each.Model == "order" {
		model = orderModel()
	}
	operations := make([]porcupine.Operation, 0, len(each.Ops))
	for i, o := range each.Ops {
		operations = append(operations, porcupine.Operation{ClientId: i, Input: o, Call: o.Call, Return: o.Return})
	}
	switch porcupine.CheckOperationsTimeout(model, operations, limit) {
	case porcupine.Ok:
		return "legal"
	case porcupine.Illegal:
		return "illegal"
	default:
		return "unknown"
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
