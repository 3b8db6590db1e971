// SPDX-License-Identifier: Apache-2.0
#include "preset.h"

#include <string.h>

#include "prepare.h"
#include "profile.h"
#include "spec.h"
#include "special.h"

#define SEARCH_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- the process --------------------------------------------------------- */

/*
 * The lowest version: ocirun raises it to what the finished document needs.  The
 * empty list is the command's place.
 */
static const char build_text[] =
	"{'ociVersion':'1.0.0',"
	"'process':{'user':{'uid':0,'gid':0,'additionalGids':[0]},'args':[],"
	"'env':['" SEARCH_PATH "'],'cwd':'/'},"
	"'root':{'path':'rootfs'}}";

/* As little as runs: nothing to be prepared, nothing that it may do. */
static const char minimal_text[] =
	"{'ociVersion':'1.0.0',"
	"'process':{'user':{'uid':0,'gid':0},'args':[],'env':['" SEARCH_PATH "'],'cwd':'/',"
	"'capabilities':{'bounding':[],'effective':[],'permitted':[]},"
	"'noNewPrivileges':true},"
	"'root':{'path':'rootfs','readonly':true},"
	"'mounts':["
	"{'destination':'/proc','type':'proc','source':'proc',"
	"'options':['nosuid','noexec','nodev']},"
	"{'destination':'/dev','type':'tmpfs','source':'tmpfs',"
	"'options':['nosuid','strictatime','mode=755','size=65536k']}]}";

/* What `runc spec` of runc 1.1 prints. */
#define RUNC_CAPABILITIES "['CAP_AUDIT_WRITE','CAP_KILL','CAP_NET_BIND_SERVICE']"
static const char runc_text[] =
	"{'ociVersion':'1.0.2-dev',"
	"'process':{'terminal':true,'user':{'uid':0,'gid':0},'args':['sh'],"
	"'env':['" SEARCH_PATH "','TERM=xterm'],'cwd':'/',"
	"'capabilities':{'bounding':" RUNC_CAPABILITIES ",'effective':" RUNC_CAPABILITIES
	","
	"'permitted':" RUNC_CAPABILITIES ",'ambient':" RUNC_CAPABILITIES "},"
	"'rlimits':[{'type':'RLIMIT_NOFILE','hard':1024,'soft':1024}],"
	"'noNewPrivileges':true},"
	"'root':{'path':'rootfs','readonly':true},"
	"'hostname':'runc',"
	"'mounts':["
	"{'destination':'/proc','type':'proc','source':'proc'},"
	"{'destination':'/dev','type':'tmpfs','source':'tmpfs',"
	"'options':['nosuid','strictatime','mode=755','size=65536k']},"
	"{'destination':'/dev/pts','type':'devpts','source':'devpts',"
	"'options':['nosuid','noexec','newinstance','ptmxmode=0666','mode=0620','gid=5']},"
	"{'destination':'/dev/shm','type':'tmpfs','source':'shm',"
	"'options':['nosuid','noexec','nodev','mode=1777','size=65536k']},"
	"{'destination':'/dev/mqueue','type':'mqueue','source':'mqueue',"
	"'options':['nosuid','noexec','nodev']},"
	"{'destination':'/sys','type':'sysfs','source':'sysfs',"
	"'options':['nosuid','noexec','nodev','ro']},"
	"{'destination':'/sys/fs/cgroup','type':'cgroup','source':'cgroup',"
	"'options':['nosuid','noexec','nodev','relatime','ro']}],"
	"'linux':{'resources':{'devices':[{'allow':false,'access':'rwm'}]},"
	"'namespaces':[{'type':'pid'},{'type':'network'},{'type':'ipc'},{'type':'uts'},"
	"{'type':'mount'}],"
	"'maskedPaths':['/proc/acpi','/proc/asound','/proc/kcore','/proc/keys',"
	"'/proc/latency_stats','/proc/timer_list','/proc/timer_stats','/proc/sched_debug',"
	"'/sys/firmware','/proc/scsi'],"
	"'readonlyPaths':['/proc/bus','/proc/fs','/proc/irq','/proc/sys',"
	"'/proc/sysrq-trigger']}}";

static const char *const texts[] = {
	[PRESET_BUILD] = build_text,
	[PRESET_RUNC] = runc_text,
	[PRESET_MINIMAL] = minimal_text,
	[PRESET_ROOTLESS] = build_text,
};

int preset_start(enum preset preset, json_t *doc, struct err *err)
{
	auto_free char *text = xstrdup(texts[preset]);
	json_auto_t *start = NULL;

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (doc_parse(text, strlen(text), &start, err) < 0)
		return -1;
	json_object_update(doc, start);
	return 0;
}

/* ---- what rests on it ---------------------------------------------------- */

/* B072, sorted. */
static const char *const default_capabilities[] = {
	"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",     "CAP_FSETID",
	"CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",    "CAP_SETGID",
	"CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT",
};

static const char *const namespaces[] = {
	"pid", "network", "ipc", "uts", "mount", "cgroup",
};

static bool is_root(const json_t *doc)
{
	uint64_t uid;

	return doc_get_u64(spec_get(doc, "/process/user/uid"), &uid) && uid == 0;
}

static int put_capabilities(json_t *doc, struct err *err)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };
	json_t *list = json_array(), *all = json_object();

	for (size_t i = 0; i < ARRAY_LEN(default_capabilities); i++)
		json_array_append_new(list, json_string(default_capabilities[i]));
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		json_object_set_new(all, sets[i], json_deep_copy(list));
	json_decref(list);
	return spec_put_new(doc, "/process/capabilities", all, err);
}

/* In effect for root only; nobody else has any (B066, B071). */
static void limit_capabilities(json_t *doc)
{
	static const char *const others[] = { "effective", "permitted", "inheritable",
		                              "ambient" };
	json_t *all = spec_get(doc, "/process/capabilities");

	for (size_t i = 0; !is_root(doc) && i < ARRAY_LEN(others); i++)
		json_object_del(all, others[i]);
}

/* Of its own: every namespace, no device but the usual ones. */
static int put_linux(json_t *doc, struct err *err)
{
	json_t *list = json_array(), *to;
	json_auto_t *linux_ = NULL;

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		json_array_append_new(list, json_pack("{s:s}", "type", namespaces[i]));
	linux_ = json_pack("{s:{s:[{s:b, s:s}]}, s:o}", "resources", "devices", "allow", 0,
	                   "access", "rwm", "namespaces", list);
	if (spec_ensure_object(doc, "/linux", &to, err) < 0)
		return -1;
	json_object_update(to, linux_);
	return 0;
}

static int put_network(json_t *doc, const char *mode, struct err *err)
{
	if (prepare_ensure(doc, err) < 0)
		return -1;
	return spec_put_new(doc, "/ocipipe/network", json_pack("{s:s}", "mode", mode), err);
}

static int put_maps(json_t *doc, const struct preset_maps *maps, struct err *err)
{
	json_t *list;

	if (spec_ensure_array(doc, "/linux/namespaces", &list, err) < 0)
		return -1;
	json_array_append_new(list, json_pack("{s:s}", "type", "user"));
	if (spec_put_new(doc, "/linux/uidMappings", idmap_print(&maps->uid), err) < 0)
		return -1;
	return spec_put_new(doc, "/linux/gidMappings", idmap_print(&maps->gid), err);
}

static int finish_build(const struct preset_maps *maps, json_t *doc, struct err *err)
{
	if (put_capabilities(doc, err) < 0 || put_linux(doc, err) < 0 ||
	    put_network(doc, "private", err) < 0 || (maps && put_maps(doc, maps, err) < 0))
		return -1;
	return special_make(doc, err) < 0 ? -1 : special_paths(doc, err);
}

static int finish_minimal(json_t *doc, struct err *err)
{
	if (put_linux(doc, err) < 0 || put_network(doc, "none", err) < 0)
		return -1;
	return special_paths(doc, err);
}

int preset_finish(enum preset preset, const struct preset_maps *maps, json_t *doc,
                  struct err *err)
{
	int failed = 0;

	if (preset == PRESET_BUILD || preset == PRESET_ROOTLESS)
		failed = finish_build(preset == PRESET_ROOTLESS ? maps : NULL, doc, err);
	else if (preset == PRESET_MINIMAL)
		failed = finish_minimal(doc, err);
	if (failed)
		return -1;
	limit_capabilities(doc);
	spec_drop_empty(doc, "/process/args");
	return preset == PRESET_RUNC ? 0 : profile_apply_default(doc, err);
}
