// Package norange finds code whose output could differ from run to run: loops
// over maps, whose order Go shuffles. Emitters must give the same bytes for the
// same model, and one such loop is easily overlooked, because small maps often
// come out in the same order.
//
// It does not say that every such loop is wrong; where the order cannot matter,
// another way of writing it is asked for all the same. Keys that are put in
// order at once are fine:
//
//	for _, k := range slices.Sorted(maps.Keys(m)) { … }
package norange

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reports loops over maps, and iterators over them that nothing sorts.
var Analyzer = &analysis.Analyzer{
	Name: "norange",
	Doc:  "reports loops over maps, whose order differs from run to run",
	Run:  run,
}

// iterators give a map's entries in no order.
var iterators = map[string]bool{"maps.All": true, "maps.Keys": true, "maps.Values": true,
	"(reflect.Value).MapKeys": true, "(reflect.Value).MapRange": true, "(*sync.Map).Range": true}

// sorters put what an iterator gives in order.
var sorters = map[string]bool{"slices.Sorted": true, "slices.SortedFunc": true}

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		sorted := map[ast.Node]bool{} // calls that are the argument of a sorter
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.RangeStmt:
				if isMap(pass.TypesInfo.TypeOf(n.X)) {
					pass.Reportf(n.X.Pos(), "loop over a map: its order differs from run to run; keep a slice, or range over slices.Sorted(maps.Keys(…))")
				}
			case *ast.CallExpr:
				name := callee(pass.TypesInfo, n)
				if sorters[name] && len(n.Args) > 0 {
					sorted[ast.Unparen(n.Args[0])] = true
				}
				if iterators[name] && !sorted[n] {
					pass.Reportf(n.Pos(), "%s gives a map's entries in an order that differs from run to run: pass it to slices.Sorted", name)
				}
			}
			return true
		})
	}
	return nil, nil
}

// isMap reports whether a loop over a value of this type is one over a map; a
// type parameter is when it may stand for one.
func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, isParam := types.Unalias(t).(*types.TypeParam); isParam {
		return anyMap(p.Constraint())
	}
	_, is := t.Underlying().(*types.Map)
	return is
}

func anyMap(constraint types.Type) bool {
	i, isInterface := constraint.Underlying().(*types.Interface)
	if !isInterface {
		return isMap(constraint)
	}
	for k := range i.NumEmbeddeds() {
		switch e := i.EmbeddedType(k).(type) {
		case *types.Union:
			for j := range e.Len() {
				if isMap(e.Term(j).Type()) {
					return true
				}
			}
		default:
			if anyMap(e) {
				return true
			}
		}
	}
	return false
}

// callee is the full name of the function that a call names.
func callee(info *types.Info, call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) { // explicit type arguments
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	var id *ast.Ident
	switch f := fun.(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return ""
	}
	if f, isFunc := info.Uses[id].(*types.Func); isFunc {
		return f.Origin().FullName()
	}
	return ""
}
