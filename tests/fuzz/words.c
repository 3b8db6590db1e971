// SPDX-License-Identifier: Apache-2.0
/* What people write after an option; the first byte, from A on, says after which one. */
#include "devwords.h"
#include "etcwords.h"
#include "fuzz.h"
#include "limitwords.h"
#include "mountrow.h"
#include "mountsecret.h"
#include "networds.h"
#include "parse.h"
#include "schedwords.h"
#include "sctext.h"

typedef int reader(char *text, json_t **ret, struct err *err);

static int mount(char *text, json_t **ret, struct err *err,
                 int read(char *, struct mount_request *, struct err *))
{
	json_auto_t *steps = json_array();
	json_auto_t *secrets = json_pack("{s:{s:i}}", "a", "fd", 3);
	const struct mount_places places = {
		.cwd = "/here",
		.workdir = "/work",
		.secrets = secrets,
	};
	struct mount_request request;

	if (read(text, &request, err) < 0)
		return -1;
	return mountrow_make(&request, &places, ret, steps, err);
}

static int volume(char *text, json_t **ret, struct err *err)
{
	return mount(text, ret, err, mountwords_volume);
}

static int csv(char *text, json_t **ret, struct err *err)
{
	return mount(text, ret, err, mountwords_mount);
}

static int tmpfs(char *text, json_t **ret, struct err *err)
{
	return mount(text, ret, err, mountwords_tmpfs);
}

static int secret(char *text, json_t **ret, struct err *err)
{
	json_auto_t *declared = json_object();

	if (mountsecret_declare(text, "/here", declared, err) < 0)
		return -1;
	fuzz_holds(json_object_size(declared) == 1);
	*ret = steal(&declared);
	return 0;
}

static int device(char *text, json_t **ret UNUSED, struct err *err)
{
	struct device_words words;

	if (devwords_device(text, &words, err) < 0)
		return -1;
	fuzz_holds(words.path[0] == '/');
	free(words.path);
	return -1;
}

static int node(char *text, json_t **ret, struct err *err)
{
	const char *access;

	*ret = devwords_node(text, &access, err);
	return *ret ? 0 : -1;
}

static int rule(char *text, json_t **ret, struct err *err)
{
	*ret = devwords_rule(text, err);
	return *ret ? 0 : -1;
}

static int network(char *text, json_t **ret, struct err *err)
{
	return network_parse(text, ret, err);
}

static int rdma(char *text, json_t **ret, struct err *err)
{
	const char *name;

	return rdma_parse(text, &name, ret, err);
}

static int hosts(char *text, json_t **ret UNUSED, struct err *err)
{
	for (int word = ETC_ADD_HOST; word <= ETC_DNS_OPTION; word++)
		(void)!etcwords_check((enum etc_word)word, text, err);
	return -1;
}

static int numbers(char *text, json_t **ret UNUSED, struct err *err UNUSED)
{
	uint64_t positive;
	uint32_t id = 0;
	int64_t number;

	(void)!parse_u64(text, &positive);
	(void)!parse_i64(text, &number);
	(void)!parse_size(text, &positive);
	(void)!parse_seconds(text, &positive);
	(void)!parse_id_list(text, 1023);
	fuzz_holds(!parse_id(text, &id) || id != UINT32_MAX);
	fuzz_holds(!parse_octal(text, 0777, &id) || id <= 0777);
	return -1;
}

static int action(char *text, json_t **ret UNUSED, struct err *err)
{
	struct sc_action parsed;

	(void)!sc_text_action(text, SC_X86_64, &parsed, err);
	return -1;
}

static int calls(char *text, json_t **ret UNUSED, struct err *err)
{
	char *name, *inside;

	while (sc_text_call(&text, &name, &inside, err) == 1) {
		struct sc_case conds = { 0 };

		fuzz_holds(name);
		if (inside && sc_text_conds(inside, &conds, err) == 0)
			fuzz_holds(conds.count <= SC_CONDS);
	}
	return -1;
}

static int cpus(char *text, json_t **ret, struct err *err)
{
	return cpus_parse(text, ret, err);
}

static reader *const readers[] = {
	volume,
	csv,
	tmpfs,
	device,
	node,
	rule,
	network,
	rdma,
	hosts,
	numbers,
	action,
	calls,
	cpus,
	ulimit_parse,
	hugetlb_parse,
	class_id_parse,
	scheduler_parse,
	io_priority_parse,
	memory_policy_parse,
	cpu_affinity_parse,
	cpu_list_parse,
	rdt_schema_parse,
	rdt_l3_parse,
	rdt_mb_parse,
	secret,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = NULL;
	json_auto_t *utf8 = NULL;
	json_t *value = NULL;
	struct err err;

	if (size == 0)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	utf8 = json_string(text); /* a command line is nothing else */
	if (!utf8)
		return 0;
	if (readers[(uint8_t)(data[0] - 'A') % ARRAY_LEN(readers)](text, &value, &err) < 0)
		return 0;
	/* What goes into a document can be written ("NAME=" may put nothing there). */
	if (value)
		free(doc_text(value));
	json_decref(value);
	return 0;
}
