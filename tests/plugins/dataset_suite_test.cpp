#include <catch2/catch.hpp>

#include "descent/conformance/suite.hpp"
#include "descent/experiment/yaml.hpp"
#include "plugin_support.hpp"
#include "python_files.hpp"

// The suite that every data set must pass, over those that need files: here they have some.

using descent::Value;
namespace conformance = descent::conformance;

static void check_suite(const std::string& name, const std::string& yaml) {
  descent::Registry registry;
  registry.add_folder(std::filesystem::path(DESCENT_BINARY_DIR) / "lib/descent/plugins");
  descent::Diagnostics problems;
  const Value options = descent::experiment::parse_yaml_value(yaml, "options", problems);
  problems.throw_if_any();
  const auto subject =
      conformance::make_subject(registry.load(descent::PluginKind::dataset, name), options, registry);
  for (const conformance::Check& check : conformance::checks(descent::PluginKind::dataset)) {
    const conformance::Finding finding = conformance::run(check, subject);
    INFO(name << ", " << check.name << ": " << finding.text);
    const bool untried =
        finding.outcome == conformance::Outcome::not_applicable && check.name == std::string("options");
    CHECK((finding.outcome == conformance::Outcome::passed || untried));
  }
}

TEST_CASE("data sets of files pass the suite of data sets") {
  const descent::testing::ScratchFolder folder;
  if (!python_writes(folder.path, R"(
import os, h5py
from PIL import Image
rng = np.random.default_rng(2)
x = rng.integers(0, 256, (300, 4, 5, 3), dtype='u1')
y = np.arange(300) % 7
os.makedirs('npy')
np.save('npy/image.npy', x)
np.save('npy/label.npy', y)
np.savez('a.npz', image=x, label=y)
with h5py.File('a.h5', 'w') as f: f['image'], f['label'] = x, y
np.savetxt('a.csv', np.hstack([rng.normal(size=(300, 4)), y[:, None]]), delimiter=',', header='a,b,c,d,kind', comments='')
for i in range(40):
    os.makedirs(f'pictures/{i % 2}', exist_ok=True)
    Image.fromarray(x[i]).resize((12, 6)).save(f'pictures/{i % 2}/{i}.png')
def cifar(name, n): (np.hstack([rng.integers(0, 10, (n, 1)), rng.integers(0, 256, (n, 3072))])).astype('u1').tofile(name)
os.makedirs('cifar')
for i in range(1, 6): cifar(f'cifar/data_batch_{i}.bin', 20)
cifar('cifar/test_batch.bin', 20)
)",
                     "numpy, PIL, h5py"))
    return;
  ::setenv("XDG_CACHE_HOME", (folder.path / "cache").c_str(), 1);
  const std::string in = "{path: " + folder.path.string() + "/";
  check_suite("npy", in + "npy}");
  check_suite("npz", in + "a.npz}");
  check_suite("hdf5", in + "a.h5}");
  check_suite("csv", in + "a.csv, label: kind}");
  check_suite("image_folder", in + "pictures}");
  check_suite("cifar_binary", in + "cifar}");
  ::unsetenv("XDG_CACHE_HOME");
}
