package breaking

import "github.com/gatesmith/gatesmith/gen/diag"

// Rule is one way to break somebody. Ids appear in output and docs, and are
// never reused.
type Rule struct {
	ID       diag.Rule
	Category Category
	Purpose  string
	check    check
}

// bumpRequired sums up what the other rules found.
const bumpRequired diag.Rule = "VERSION_BUMP_REQUIRED"

// Rules lists every rule, in the order of the docs. The last one looks at what
// the others found.
var Rules = []Rule{
	{"METHOD_NO_DELETE", Wire, "Checks that every method can still be called by its name, or by an alias that was its name.", nameCheck(methodNoDelete)},
	{"ALIAS_NO_DELETE", Wire, "Checks that an alias stays until the version that it was to be kept until.", nameCheck(aliasNoDelete)},
	{"ALIAS_UNTIL_NO_LOWER", Wire, "Checks that an alias is not given less time than was announced.", nameCheck(aliasUntilNoLower)},
	{"ALIAS_DIALECT_SAME", Wire, "Checks that an alias is still advertised to the dialect that knows it.", nameCheck(aliasDialectSame)},
	{"METHOD_ACCESS_NO_TIGHTEN", Wire, "Checks that who could call a method still can: a role or scope that sufficed still does.", methodCheck(methodAccessNoTighten)},
	{"METHOD_ACCESS_NO_WIDEN", Security, "Checks that nobody can call a method who could not.", methodCheck(methodAccessNoWiden)},
	{"METHOD_EARLY_ANSWER_SAME", Wire, "Checks that a call is answered as often as before, in each dialect.", methodCheck(earlyAnswerSame)},
	{"METHOD_FAILURE_NO_DELETE", Wire, "Checks that an error still comes with the payload that was beside it.", methodCheck(failureNoDelete)},
	{"METHOD_IDEMPOTENCY_NO_WEAKEN", Wire, "Checks that a call that could be repeated still can be, by the same key.", methodCheck(idempotencyNoWeaken)},
	{"METHOD_EFFECT_NO_RAISE", Wire, "Checks that a method that only read does not begin to write.", methodCheck(effectNoRaise)},
	{"METHOD_WAIT_SAME", Wire, "Checks that a call does not begin to wait by design, when clients have a timeout for it, and that the same member bounds the wait.", methodCheck(waitSame)},
	{"METHOD_ADAPT_NO_DELETE", Wire, "Checks that a dialect whose params were adapted is still understood.", methodCheck(adaptNoDelete)},
	{"METHOD_EMITS_NO_DELETE", Wire, "Checks that a call still leads to the events that clients may wait for.", methodCheck(emitsNoDelete)},
	{"METHOD_OFFER_NO_WITHDRAW", Wire, "Checks that a method that was served is not declared as not offered.", methodCheck(offerNoWithdraw)},

	{"EVENT_NO_DELETE", Wire, "Checks that every event still has its name, in each dialect.", eventCheck(eventNoDelete)},
	{"EVENT_ACCESS_NO_TIGHTEN", Wire, "Checks that who received an event still does.", eventCheck(eventAccessNoTighten)},
	{"EVENT_ACCESS_NO_WIDEN", Security, "Checks that nobody receives an event who did not.", eventCheck(eventAccessNoWiden)},
	{"EVENT_DELIVERY_SAME", Wire, "Checks that an event is delivered as before: in order, dropped, or superseded by the same key.", eventCheck(deliverySame)},
	{"EVENT_AUDIENCE_SAME", Wire, "Checks that an event goes to the same connections: to all entitled ones, to one, or both.", eventCheck(audienceSame)},
	{"EVENT_STATE_VERSION_SAME", Wire, "Checks that an event carries the state version that it did.", eventCheck(stateVersionSame)},

	{"PARAM_NO_NEW_REQUIRED", Wire, "Checks that nothing is demanded of clients that they could leave out.", inboundValue(paramNoNewRequired)},
	{"PARAM_NO_DELETE", Wire, "Checks that every member that clients could send is still accepted.", inboundValue(paramNoDelete)},
	{"PARAM_TYPE_COMPATIBLE", Wire, "Checks that values of every kind that clients could send are still accepted.", inboundPlace(paramTypeCompatible)},
	{"PARAM_NULL_NO_REMOVE", Wire, "Checks that null is still accepted where clients could send it.", inboundPlace(paramNullNoRemove)},
	{"PARAM_NO_CLOSE", Wire, "Checks that an object that took unknown members still does.", inboundValue(paramNoClose)},
	{"PARAM_OPEN_NO_NEW_TYPE", Wire, "Checks that an object that took unknown members does not begin to check one of them.", inboundValue(paramOpenNoNewType)},
	{"PARAM_LIMIT_NO_TIGHTEN", Wire, "Checks that no limit on what clients send gets tighter.", inboundValue(paramLimitNoTighten)},
	{"PARAM_CHECK_NO_ADD", Wire, "Checks that what clients send meets no limit, pattern, format or set of members that was not there.", inboundValue(paramCheckNoAdd)},
	{"PARAM_ENUM_NO_DELETE", Wire, "Checks that every value that clients could send is still accepted.", inboundValue(paramEnumNoDelete)},
	{"PARAM_UNION_NO_DELETE", Wire, "Checks that every branch of a union that clients could send is still accepted.", inboundValue(paramUnionNoDelete)},
	{"PARAM_TAG_SAME", Wire, "Checks that the same member tells the branches of a union apart that clients send.", inboundValue(tagSame)},
	{"PARAM_DEFAULT_SAME", Wire, "Checks that a member that is left out still means the same.", inboundPlace(paramDefaultSame)},

	{"RESULT_TYPE_COMPATIBLE", Wire, "Checks that clients receive values of the kinds that they were promised.", outboundPlace(resultTypeCompatible)},
	{"RESULT_REQUIRED_NO_DELETE", Wire, "Checks that a member that always came still does.", outboundValue(resultRequiredNoDelete)},
	{"RESULT_FIELD_NO_DELETE", Wire, "Checks that every member that clients could read is still sent.", outboundValue(resultFieldNoDelete)},
	{"RESULT_NULL_NO_ADD", Wire, "Checks that null does not come where it never did.", outboundPlace(resultNullNoAdd)},
	{"RESULT_TAG_SAME", Wire, "Checks that the same member tells the branches of a union apart that clients receive.", outboundValue(tagSame)},
	{"RESULT_LIMIT_NO_WIDEN", Source, "Checks that limits on what clients receive stay, for code that relies on them.", outboundValue(resultLimitNoWiden)},
	{"RESULT_ENUM_NO_ADD", Source, "Checks that no value is added to a list of values that clients receive: code that handles each one misses it.", outboundValue(resultEnumNoAdd)},
	{"RESULT_UNION_NO_ADD", Source, "Checks that no branch is added to a union that clients receive: code that handles each one misses it.", outboundValue(resultUnionNoAdd)},

	{"FRAME_NO_DELETE", Wire, "Checks that every envelope of the protocol is still there.", frameCheck(frameNoDelete)},
	{"FRAME_MEMBER_SAME", Wire, "Checks that the same members of an envelope play the same parts.", frameCheck(frameMemberSame)},
	{"FRAME_NO_NEW_MEMBER", Wire, "Checks that no envelope that clients receive gains a member: strict clients drop frames with members they don't know.", frameCheck(frameNoNewMember)},

	{"ROLE_NO_DELETE", Wire, "Checks that every role is still there.", protocolCheck(roleNoDelete)},
	{"ROLE_SCOPED_SAME", Security, "Checks that a role is still limited by scopes, or still not.", protocolCheck(roleScopedSame)},
	{"SCOPE_NO_DELETE", Wire, "Checks that every scope is still there.", protocolCheck(scopeNoDelete)},
	{"SCOPE_IMPLIES_SAME", Security, "Checks that a scope belongs to the same role and implies the same others.", protocolCheck(scopeImpliesSame)},
	{"UNKNOWN_METHOD_ACCESS_SAME", Security, "Checks that calls of unknown methods are refused to the same peers in the same way.", protocolCheck(unknownMethodAccessSame)},
	{"SECRET_NO_REMOVE", Security, "Checks that what was marked as secret still is: logs and tools hide it.", placeCheck(secretNoRemove)},
	{"ERROR_NO_DELETE", Wire, "Checks that every error code is still there.", protocolCheck(errorNoDelete)},
	{"ERROR_RETRYABLE_SAME", Wire, "Checks that the same errors are worth another try.", protocolCheck(errorRetryableSame)},
	{"RUNTIME_ERRORS_SAME", Wire, "Checks that refused and unavailable calls are answered with the same codes.", protocolCheck(runtimeErrorsSame)},
	{"DIALECT_NO_DELETE", Wire, "Checks that every dialect is still spoken, and that the same one is canonical.", protocolCheck(dialectNoDelete)},
	{"LIMIT_NO_TIGHTEN", Wire, "Checks that messages may be as large and as deep as before.", protocolCheck(limitNoTighten)},
	{"MIN_VERSION_NO_RAISE", Wire, "Checks that clients of every version that was served still are.", protocolCheck(minVersionNoRaise)},
	{"VERSION_NO_LOWER", Wire, "Checks that the version of the protocol does not go back.", protocolCheck(versionNoLower)},

	{"TYPE_SAME", Source, "Checks that a value has the same type in code: its kind, and whether it may be absent or null.", placeCheck(typeSame)},
	{"TYPE_NO_DELETE", Source, "Checks that no generated type disappears.", protocolCheck(typeNoDelete)},
	{"NAME_SAME", Source, "Checks that methods, events, types, members and values have the same names in code.", protocolCheck(nameSame)},
	{"KNOWN_NO_DELETE", Source, "Checks that no constant of a list of values disappears.", valueCheck(knownNoDelete)},
	{"GROUP_SAME", Source, "Checks that a method belongs to the same group: handlers are interfaces by group.", methodCheck(groupSame)},

	{bumpRequired, Wire, "Checks that the version of the protocol is raised when clients have to follow.", protocolCheck(versionBumpRequired)},
}
