package app_test

// learnStep notes how a step of the wizard is called here, and holds its kind to
// the recorded one.
func (r *replay) learnStep(recorded, m object) {
	was, _ := recorded["payload"].(object)
	is, _ := m["payload"].(object)
	step, asked := was["step"].(object)
	if !asked {
		return
	}
	ours, _ := is["step"].(object)
	if ours["type"] != step["type"] {
		r.t.Errorf("%s: the step is %v, recorded is a %v", r.at, ours, step["type"])
	}
	for name, to := range map[any]any{was["sessionId"]: is["sessionId"], step["id"]: ours["id"]} {
		if name, ok := name.(string); ok {
			r.names[name], _ = to.(string)
		}
	}
}
