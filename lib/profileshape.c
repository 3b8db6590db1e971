// SPDX-License-Identifier: Apache-2.0
/*
 * The shape of a profile (B206).  It is checked more strictly than Go programs
 * do: a word that nobody knows, or a member that is known but for letter case, is
 * more likely a slip than meant, and a slip here lets calls through.
 */
#include <string.h>

#include "profile.h"
#include "scrule.h"
#include "sctext.h"
#include "shape.h"
#include "shapewords.h"
#include "valid.h"

/* ---- strings ------------------------------------------------------------- */

/* Exactly as documents spell it: CHOWN or cap_chown would never be held (B212). */
static bool is_capability(const char *text)
{
	static const char prefix[] = "CAP_";

	return str_starts(text, prefix) && text[strlen(prefix)] &&
	       !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")];
}

static bool is_version(const char *text)
{
	struct sc_version ignored;

	return sc_text_version(text, &ignored);
}

/* ---- rules between members ----------------------------------------------- */

/* A runtime takes either condition for enough; who wrote them can have meant both. */
static int check_args(const json_t *rule, struct err *err)
{
	bool seen[SC_ARGS] = { false };
	json_t *arg;
	size_t i;

	json_array_foreach(json_object_get(rule, "args"), i, arg) {
		size_t index = (size_t)json_integer_value(json_object_get(arg, "index"));

		if (seen[index]) {
			err_at(err, "/args", "has two conditions on argument %zu", index);
			return err_hint(err, "a runtime takes either for enough: write two "
			                     "rules, or one condition");
		}
		seen[index] = true;
	}
	return 0;
}

static int check_rule(const json_t *rule, struct err *err)
{
	bool name = json_object_get(rule, "name"), names = json_object_get(rule, "names");

	if (name && names) /* B213 */
		return err_at(err, "", "has both 'name' and 'names'");
	if (!name && !names)
		return err_at(err, "", "has neither 'name' nor 'names'");
	return check_args(rule, err);
}

static int check_profile(const json_t *profile, struct err *err)
{
	if (json_array_size(json_object_get(profile, "architectures")) > 0 &&
	    json_array_size(json_object_get(profile, "archMap")) > 0) /* B210 */
		return err_at(err, "", "has both 'architectures' and 'archMap'");
	return 0;
}

/* ---- the table ----------------------------------------------------------- */

/* clang-format off */
#define FILLED STRING(valid_filled, "a name")

#define ACTION WORDS("SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", \
	"SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", \
	"SCMP_ACT_LOG", "SCMP_ACT_NOTIFY")
#define ARCH WORDS( \
	"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", \
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", \
	"SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", \
	"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", \
	"SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", \
	"SCMP_ARCH_SHEB", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64")
#define SHORT_ARCH WORDS( \
	"x86", "amd64", "x32", "arm", "arm64", "mips", "mips64", "mips64n32", "mipsel", \
	"mipsel64", "mipsel64n32", "ppc", "ppc64", "ppc64le", "s390", "s390x", "parisc", \
	"parisc64", "riscv64", "loong64", "m68k", "sh", "sheb")

/* Another member could be a condition that nobody would ask (B207). */
#define CONDITION CLOSED( \
	MAY("caps", LIST(STRING(is_capability, "a name such as CAP_CHOWN"))), \
	MAY("arches", LIST(SHORT_ARCH)), \
	MAY("minKernel", STRING(is_version, "a version such as 4.8")))

static const struct member rule_members[] = {
	MAY("name", FILLED),
	MAY("names", SHAPE(.type = SHAPE_LIST, .each = FILLED, .filled = REQUIRED)),
	MUST("action", ACTION),
	MAY("errno", TEXT),
	MAY("errnoRet", RANGE(0, UINT16_MAX)),
	MAY("args", LIST(OBJECT(
		MUST("index", RANGE(0, SC_ARGS - 1)),
		MUST("value", RANGE(0, UINT64_MAX)),
		MAY("valueTwo", RANGE(0, UINT64_MAX)),
		MUST("op", WORDS("SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
		                 "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"))))),
	MAY("includes", CONDITION),
	MAY("excludes", CONDITION),
	MAY("comment", SHAPE(.type = SHAPE_ANY)),
	END
};

static const struct member profile_members[] = {
	MUST("defaultAction", ACTION),
	MAY("defaultErrno", TEXT),
	MAY("defaultErrnoRet", RANGE(0, UINT16_MAX)),
	MAY("architectures", LIST(ARCH)),
	MAY("archMap", LIST(OBJECT(
		MUST("architecture", ARCH),
		MAY("subArchitectures", LIST(ARCH))))),
	MAY("flags", LIST(WORDS("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
	                        "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
	                        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))),
	MAY("listenerPath", TEXT),
	MAY("listenerMetadata", TEXT),
	MAY("syscalls", LIST(SHAPE(.type = SHAPE_OBJECT, .members = rule_members,
	                           .rule = check_rule))),
	END
};
/* clang-format on */

static const struct shape profile_shape = {
	.type = SHAPE_OBJECT,
	.members = profile_members,
	.rule = check_profile,
};

/* Go programs write null for what is not there. */
static void drop_nulls(json_t *value)
{
	const char *name;
	json_t *entry;
	void *next;
	size_t i;

	json_object_foreach_safe(value, next, name, entry) {
		if (json_is_null(entry))
			json_object_del(value, name);
		else
			drop_nulls(entry);
	}
	json_array_foreach(value, i, entry)
		drop_nulls(entry);
}

int profile_check(json_t *profile, struct err *err)
{
	if (doc_kind(profile) != DOC_OBJECT)
		return err_at(err, "", "must be an object, but is %s",
		              doc_kind_name(doc_kind(profile)));
	drop_nulls(profile);
	if (!json_object_get(profile, "defaultAction") &&
	    !json_object_get(profile, "syscalls")) { /* B208 */
		err_at(err, "", "has no defaultAction and no syscalls: it is no profile");
		return err_hint(err, "to have no filter, ask for --profile=unconfined");
	}
	return shape_check_all(&profile_shape, profile, err);
}
