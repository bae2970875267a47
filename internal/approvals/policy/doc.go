// Package policy decides whether a command may run: what the exec-approvals file
// says of it, and how that file is kept. A gateway has such a file, and so has
// every machine that runs commands for one.
//
// A machine that is to run a command decides in three steps:
//
//	program, err := policy.Resolve(argv[0], cwd, os.Getenv("PATH"))
//	rules := policy.RulesFor(&file, agentID)
//	verdict := rules.Evaluate(&command, program, policy.Here())
//
// and where the verdict is to ask, with what the gateway says of the answer:
//
//	verdict = verdict.After(answer) // approvalDecision of system.run
//
// It then runs the program that was found, not the name that was asked for: what
// is found may change in between. Whether an answer is one that somebody gave to
// this very command is the gateway's to know, which takes `approvalDecision` from
// nobody and sets it itself; see Digest.
package policy
