package format

import (
	"fmt"
	"slices"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Tree formats all files of a schema folder and returns those that changed, by
// path. Seeing the whole, it also keeps open unions in step: the tag of an
// open branch excludes exactly the tags of the other branches, in their order.
func Tree(tree *source.Tree) (map[string][]byte, error) {
	for _, f := range tree.Files {
		if f.Root == nil {
			_, list := source.Parse(f.Path, f.Shown(), f.Data)
			return nil, fmt.Errorf("%s", list[0])
		}
	}
	lists, err := excluded(tree)
	if err != nil {
		return nil, err
	}
	changed := map[string][]byte{}
	for _, f := range tree.Files {
		if out := text(f, lists); string(out) != string(f.Data) {
			changed[f.Path] = out
		}
	}
	return changed, nil
}

// excluded finds the lists of open branches and what each has to hold.
func excluded(tree *source.Tree) (map[*source.Node][]string, error) {
	lists := map[*source.Node][]string{}
	unions := map[*source.Node]*source.Node{}
	var err error
	for _, f := range tree.Files {
		if f.Path == dialect.ManifestFile {
			continue
		}
		dialect.Walk(f.Root, func(n *source.Node) {
			list, tags := openBranch(tree, n)
			if list == nil {
				return
			}
			if other, shared := unions[list]; shared && !slices.Equal(lists[list], tags) {
				err = fmt.Errorf("%s: the unions here and at %s have different tags but share their open branch at %s: give each its own",
					n.Pos(), other.Pos(), list.Pos())
				return
			}
			lists[list], unions[list] = tags, n
		})
	}
	return lists, err
}

// openBranch returns the list of tags that the last branch of a union
// excludes, and the tags of its other branches. It returns nil where a branch
// is not in order: then lower has more to say than a wrong list.
func openBranch(tree *source.Tree, union *source.Node) (list *source.Node, tags []string) {
	tag, oneOf := union.Str("x-discriminator"), union.Get("oneOf")
	if tag == "" || oneOf == nil || len(oneOf.Items) == 0 {
		return nil, nil
	}
	last := len(oneOf.Items) - 1
	for _, branch := range oneOf.Items[:last] {
		value := tagOf(tree, branch, tag).Get("const")
		if value == nil || value.Kind != source.String {
			return nil, nil
		}
		tags = append(tags, value.Text)
	}
	not := tagOf(tree, oneOf.Items[last], tag).Get("not")
	if list = not.Get("enum"); list == nil || len(not.Members) != 1 || list.Kind != source.Array {
		return nil, nil
	}
	return list, tags
}

// tagOf finds the schema of a property in what a branch refers to, where it
// may have come from a fragment.
func tagOf(tree *source.Tree, branch *source.Node, tag string) *source.Node {
	target := follow(tree, branch)
	if found := target.Get("properties").Get(tag); found != nil {
		return found
	}
	if parts := target.Get("allOf"); parts != nil {
		for _, part := range parts.Items {
			if found := follow(tree, part).Get("properties").Get(tag); found != nil {
				return found
			}
		}
	}
	return nil
}

// follow goes from reference to reference to what is none, or to nil.
func follow(tree *source.Tree, n *source.Node) *source.Node {
	for seen := map[*source.Node]bool{}; n != nil && n.Has("$ref"); {
		if seen[n] {
			return nil
		}
		seen[n] = true
		next, err := tree.Resolve(n.File, n.Str("$ref"))
		if err != nil {
			return nil
		}
		n = next
	}
	return n
}
