package main

import (
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// What is left of a sale, and which of the doubtful wishes hold units of it or are over: one mark a line.
type stock struct {
	left  int
	marks string
}

func stockModel(units int) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{stock{left: units}} },
		Step: func(state, input, _ any) []any { return stepStock(units, state.(stock), input.(op)) },
	}
	return model.ToModel()
}

// All that the stock may be after a step; nothing, if the step cannot have been taken.
func stepStock(units int, now stock, o op) []any {
	switch {
	case o.Kind == "refuse":
		if now.left < o.Quantity {
			return []any{now}
		}
		return nil
	case o.Doubtful:
		return stepDoubtful(now, o)
	case o.Kind == "take":
		if now.left < o.Quantity {
			return nil
		}
		return []any{stock{now.left - o.Quantity, now.marks}}
	default:
		if now.left+o.Quantity > units {
			return nil
		}
		return []any{stock{now.left + o.Quantity, now.marks}}
	}
}

// A doubtful wish takes units or does not; what it took is given back once, and after that it takes none.
func stepDoubtful(now stock, o op) []any {
	holds, over := o.ID, o.ID+" over"
	if o.Kind == "take" {
		if now.left < o.Quantity || now.has(over) {
			return []any{now}
		}
		return []any{now, stock{now.left - o.Quantity, now.with(holds)}}
	}
	if !now.has(holds) {
		return []any{stock{now.left, now.with(over)}}
	}
	return []any{stock{now.left + o.Quantity, now.without(holds)}}
}

func (s stock) has(mark string) bool {
	return slices.Contains(strings.Split(s.marks, "\n"), mark)
}

// In one order, so that equal states are equal.
func (s stock) with(mark string) string {
	marks := append(strings.Split(s.marks, "\n"), mark)
	slices.Sort(marks)
	return strings.Join(marks, "\n")
}

func (s stock) without(mark string) string {
	marks := strings.Split(s.marks, "\n")
	at := slices.Index(marks, mark)
	return strings.Join(slices.Delete(marks, at, at+1), "\n")
}

// The version of an order. A step of its life sets it to a later one; whoever reads sees the present one.
func orderModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, input, _ any) (bool, any) {
			now, o := state.(int), input.(op)
			if o.Kind == "read" {
				return o.Version == now, now
			}
			return o.Version == now+1, o.Version
		},
	}
}
