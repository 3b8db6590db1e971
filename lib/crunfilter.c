// SPDX-License-Identifier: Apache-2.0
#include "crunfilter.h"

#include "buf.h"
#include "doc.h"
#include "runtime.h"
#include "scbpf.h"
#include "spec.h"

static const char prefix[] = "run.oci.seccomp";
static const char annotation[] = "run.oci.seccomp_bpf_data";

/* Whoever tells crun more about seccomp than the specification can is not to be crossed. */
static bool is_told(const json_t *annotations)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)annotations, key, value)
		if (str_starts(key, prefix))
			return true;
	return false;
}

/* RFC 4648, section 4. */
static void add_base64(struct buf *to, const unsigned char *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned int left = len - i < 3 ? (unsigned int)(len - i) : 3;
		unsigned int word = (unsigned int)bytes[i] << 16;

		if (left > 1)
			word |= (unsigned int)bytes[i + 1] << 8;
		if (left > 2)
			word |= bytes[i + 2];
		for (unsigned int digit = 0; digit < 4; digit++)
			buf_char(to, digit > left ? '='
			                          : digits[word >> (18 - 6 * digit) & 63]);
	}
}

json_t *crunfilter_add(json_t *config, const char *runtime)
{
	const json_t *filter = spec_get(config, "/linux/seccomp");
	json_t *annotations = json_object_get(config, "annotations"), *ret;
	struct sc_program program = { 0 };
	auto_buf struct buf text = { 0 };

	if (!filter || !runtime_is(runtime, "crun") || is_told(annotations) ||
	    json_object_get(filter, "listenerPath") ||
	    !sc_bpf_make(filter, sc_native_arch(), &program))
		return json_incref(config);
	add_base64(&text, (const unsigned char *)program.code,
	           program.count * sizeof(*program.code));
	sc_program_free(&program);
	annotations = annotations ? json_copy(annotations) : json_object();
	json_object_set_new(annotations, annotation, json_stringn(text.data, text.len));
	ret = json_copy(config);
	json_object_set_new(ret, "annotations", annotations);
	return ret;
}
