#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/nn/network.hpp"
#include "descent/plugin/host_keys.hpp"
#include "descent/plugin/likelihood.hpp"
#include "descent/plugin/padding.hpp"
#include "descent/plugin/prior.hpp"
#include "descent/plugin/schedule.hpp"

namespace descent {

/// Named lists of numbers, in the file's order. A plain list in the file is one entry without a name.
using NamedNumbers = std::vector<std::pair<std::string, std::vector<double>>>;
/// Named texts, in the file's order. A plain text in the file is one entry without a name.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;
/// Rows of equal length.
using NumberRows = std::vector<std::vector<double>>;

class TrainedRun;

/// An option that names a finished run: the host loads it before the first step.
struct RunReference {
  std::filesystem::path path;
  std::shared_ptr<TrainedRun> run;
};

enum class OptionType {
  number,      ///< double
  integer,     ///< std::int64_t
  flag,        ///< bool
  text,        ///< std::string
  choice,      ///< one of some names
  numbers,     ///< std::vector<double>
  integers,    ///< std::vector<std::int64_t>
  matrix,      ///< NumberRows
  vectors,     ///< NamedNumbers
  texts,       ///< std::vector<std::string>: a list of texts, or one
  map,         ///< NamedTexts: a map of names to texts, or one text
  schedule,    ///< Schedule: a number or a map
  size,        ///< Size: a whole number, or `output`
  extents,     ///< Extents2d: a whole number, or [height, width]
  padding,     ///< Padding: `same`, `valid` or numbers
  network,     ///< NetworkSpec: a map
  layers,      ///< NetworkSpec: a list of layers, or one
  likelihood,  ///< Likelihood: a word or a map
  prior,       ///< Prior: a word or a map
  path,        ///< std::filesystem::path; relative ones are relative to the experiment's file
  run          ///< RunReference: the directory of a finished run
};
DESCENT_API const char* option_type_name(OptionType type);

/// What options are read with.
struct OptionReading {
  /// Makes the layers of networks.
  const LayerSource& layers;
  Diagnostics& diagnostics;
};

/// All that is known of one option: from it come parsing, checks, the manual page and the resolved
/// experiment.
struct Option {
  std::string name;
  OptionType type = OptionType::number;
  Value default_value;
  bool required = false;
  std::string doc;
  std::string unit;
  /// A sensible value for people, where the default says little; null: none.
  Value example;
  /// A value that changes what the plugin does, for the conformance suite; null: it finds one by itself.
  Value contrast;
  /// What the conformance suite takes instead of a default that would take it long; null: the default.
  Value trial;
  /// What it changes depends on what a file holds: the conformance suite does not try it.
  bool depends_on_file = false;
  /// The option that a layer's short form sets: `{leaky_relu: 0.2}`.
  bool main = false;
  /// Of a path: patterns (`*.npy`) of the files that the plugin reads; with a folder, of those in it.
  std::vector<std::string> reads;
  /// Whether the path is a folder that holds the files that match.
  bool reads_folder = false;
  std::optional<double> minimum, maximum;
  /// Whether a whole number may be larger than any count of things in memory.
  bool of_any_size = false;
  bool minimum_excluded = false, maximum_excluded = false;
  std::vector<std::string> choices;
  /// Writes a value of the right type and range into the plugin object's member.
  std::function<void(void* object, const Value& value, const OptionReading& reading)> assign;
  /// The schedule member of an object, for options of that type.
  std::function<Schedule*(void* object)> schedule;
  /// The run member of an object, for options of that type.
  std::function<RunReference*(void* object)> run;
  /// The network member of an object, for options of that type.
  std::function<const NetworkSpec*(void* object)> network;
};

/// Says more of the option that was declared last: `o.number(…).in(0, 1).doc("decay of the average")`. Limits
/// hold for every element of a list and for every value that a schedule takes; only, a schedule that changes
/// may come down to an excluded lower limit, so that a learning rate above 0 can fade to 0.
class DESCENT_API OptionDetails {
 public:
  explicit OptionDetails(Option& option) : option_(option) {}
  OptionDetails& in(double low, double high) { return at_least(low).at_most(high); }
  OptionDetails& at_least(double low);
  OptionDetails& at_most(double high);
  OptionDetails& above(double low);
  OptionDetails& below(double high);
  OptionDetails& positive() { return above(0); }
  OptionDetails& doc(std::string text);
  OptionDetails& unit(std::string text);
  /// A sensible value, for the manual page.
  OptionDetails& example(Value value);
  template <class T>
  OptionDetails& example(const T& value) {
    return example(Value::of(value));
  }
  /// A value that changes what the plugin does: what the conformance suite tries.
  OptionDetails& contrast(Value value);
  template <class T>
  OptionDetails& contrast(const T& value) {
    return contrast(Value::of(value));
  }
  /// What the conformance suite takes instead of a default that would take it long, such as thousands of samples.
  OptionDetails& trial(Value value);
  template <class T>
  OptionDetails& trial(const T& value) {
    return trial(Value::of(value));
  }
  /// Takes whole numbers of any size, which others do not: a seed.
  OptionDetails& of_any_size();
  /// What it changes depends on what a file holds, such as rows with missing numbers: the suite does not try it.
  OptionDetails& depends_on_file();
  /// The option that a layer's short form sets: `{linear: 128}`.
  OptionDetails& main();
  /// There is no default: whoever names the plugin must give it.
  OptionDetails& required();
  /// Of a path: the plugin reads files whose names match one of these patterns. Where an experiment names such a
  /// file in a plugin's place, the error shows how to have this plugin read it.
  OptionDetails& reads(std::vector<std::string> patterns);
  /// The same, of a path that is the folder such files lie in, at any depth.
  OptionDetails& reads_folder_of(std::vector<std::string> patterns);

 private:
  Option& option_;
};

/// The options of one plugin.
class DESCENT_API OptionTable {
 public:
  OptionTable();
  ~OptionTable();
  Option& add(Option option);
  /// The one that was added last.
  Option& last() { return options_.back(); }
  const std::deque<Option>& options() const { return options_; }
  std::vector<std::string> names() const;

  /// The one that a layer's short form sets; null: none.
  const Option* main_option() const;

  /// Reads the map `section` into `object`: every key must be an option or one of `host_keys` (those are the
  /// host's, and skipped, as is `plugin`); options not given take their defaults. All problems are added with
  /// their locations. `owner` is how messages name the plugin: `optimizer 'adam'`. A relative path is taken
  /// from the folder of the file that its location names, or the current folder where that is unknown.
  void read(const Value& section, const std::string& owner, std::span<const HostKey> host_keys, void* object,
            const OptionReading& reading) const;
  /// `section` with every option that it leaves out added at its default, with absolute paths, and with the
  /// networks of `object`, which read() filled, in full.
  Value resolved(const Value& section, void* object) const;

 private:
  std::deque<Option> options_;
};

/// What a plugin's static `options(OptionSpec<T>& o)` speaks to. `T`'s members keep the values.
template <class T>
class OptionSpec {
 public:
  explicit OptionSpec(OptionTable& table) : table_(table) {}

  OptionDetails number(const char* name, double T::*member, double default_value) {
    return add(
        name, OptionType::number, Value::of(default_value),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member) = v.number(); });
  }
  OptionDetails integer(const char* name, std::int64_t T::*member, std::int64_t default_value) {
    return add(
        name, OptionType::integer, Value::of(default_value),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member) = v.integer(); });
  }
  OptionDetails flag(const char* name, bool T::*member, bool default_value) {
    return add(
        name, OptionType::flag, Value::of(default_value),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member) = v.boolean(); });
  }
  OptionDetails text(const char* name, std::string T::*member, const std::string& default_value) {
    return add(
        name, OptionType::text, Value::of(default_value),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member) = v.text(); });
  }
  /// One of several names, each standing for a value of an enumeration (or of any other type).
  template <class E>
  OptionDetails choice(const char* name, E T::*member, const char* default_value,
                       std::vector<std::pair<std::string, E>> choices) {
    OptionDetails details = add(name, OptionType::choice, Value::of(default_value),
                                [member, choices](void* object, const Value& v, const OptionReading&) {
                                  for (const auto& [word, value] : choices)
                                    if (v.text() == word) at(object, member) = value;
                                });
    for (const auto& pair : choices) table_.last().choices.push_back(pair.first);
    return details;
  }
  OptionDetails numbers(const char* name, std::vector<double> T::*member,
                        const std::vector<double>& default_value) {
    return add(
        name, OptionType::numbers, list_of(default_value),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member) = numbers_of(v); });
  }
  OptionDetails integers(const char* name, std::vector<std::int64_t> T::*member,
                         const std::vector<std::int64_t>& default_value) {
    return add(name, OptionType::integers, list_of(default_value),
               [member](void* object, const Value& v, const OptionReading&) {
                 at(object, member).clear();
                 for (const Value& item : v.items()) at(object, member).push_back(item.integer());
               });
  }
  OptionDetails matrix(const char* name, NumberRows T::*member, const NumberRows& default_value) {
    Value rows = Value::list();
    for (const auto& row : default_value) rows.items().push_back(list_of(row));
    return add(name, OptionType::matrix, rows, [member](void* object, const Value& v, const OptionReading&) {
      at(object, member).clear();
      for (const Value& row : v.items()) at(object, member).push_back(numbers_of(row));
    });
  }
  OptionDetails vectors(const char* name, NamedNumbers T::*member, const std::vector<double>& default_value) {
    return add(name, OptionType::vectors, list_of(default_value),
               [member](void* object, const Value& v, const OptionReading&) {
                 NamedNumbers& named = at(object, member);
                 named.clear();
                 if (v.is(Value::Kind::list)) named.emplace_back("", numbers_of(v));
                 if (v.is(Value::Kind::map))
                   for (const auto& entry : v.entries())
                     named.emplace_back(entry.key, numbers_of(entry.value));
               });
  }
  /// A list of texts, or one text; none by default.
  OptionDetails texts(const char* name, std::vector<std::string> T::*member) {
    return add(name, OptionType::texts, Value::list(),
               [member](void* object, const Value& v, const OptionReading&) {
                 at(object, member).clear();
                 if (v.is(Value::Kind::text)) at(object, member).push_back(v.text());
                 if (v.is(Value::Kind::list))
                   for (const Value& item : v.items()) at(object, member).push_back(item.text());
               });
  }
  /// A map of names to texts, or one text; empty by default.
  OptionDetails map(const char* name, NamedTexts T::*member) {
    return add(name, OptionType::map, Value::map(),
               [member](void* object, const Value& v, const OptionReading&) {
                 at(object, member).clear();
                 if (v.is(Value::Kind::text)) at(object, member).emplace_back("", v.text());
                 if (v.is(Value::Kind::map))
                   for (const auto& entry : v.entries())
                     at(object, member).emplace_back(entry.key, entry.value.text());
               });
  }
  OptionDetails schedule(const char* name, Schedule T::*member, double default_value) {
    OptionDetails details =
        add(name, OptionType::schedule, Value::of(default_value),
            [member, key = std::string(name)](void* object, const Value& v, const OptionReading& reading) {
              at(object, member) = Schedule::parse(v, reading.diagnostics, key);
            });
    table_.last().schedule = [member](void* object) { return &at(object, member); };
    return details;
  }
  /// A number of outputs or channels, or the word `output`. Required.
  OptionDetails size(const char* name, Size T::*member) {
    return add(name, OptionType::size, Value(),
               [member](void* object, const Value& v, const OptionReading&) {
                 const bool is_output = v.is(Value::Kind::text);
                 at(object, member) = {is_output ? 0 : v.integer(), is_output};
               })
        .required();
  }
  /// A whole number for each axis of an image: one for both, or [height, width].
  OptionDetails extents(const char* name, Extents2d T::*member, std::int64_t default_value) {
    return add(name, OptionType::extents, Value::of(default_value),
               [member](void* object, const Value& v, const OptionReading&) {
                 const bool both = v.is(Value::Kind::list);
                 at(object, member) = {both ? v.items()[0].integer() : v.integer(),
                                       both ? v.items()[1].integer() : v.integer()};
               })
        .at_least(1)
        .at_most(1'000'000);
  }
  /// The zeros around an image; see Padding.
  OptionDetails padding(const char* name, Padding T::*member, const char* default_value) {
    return add(name, OptionType::padding, Value::of(default_value),
               [member](void* object, const Value& v, const OptionReading& reading) {
                 at(object, member) = Padding::parse(v, reading.diagnostics);
               });
  }
  /// `default_value` is what the experiment would say: `Value::map(…)`; see NetworkSpec. Its activation is
  /// that of every network that says `hidden` alone.
  OptionDetails network(const char* name, NetworkSpec T::*member, const Value& default_value) {
    OptionDetails details = add(name, OptionType::network, default_value,
                                [member](void* object, const Value& v, const OptionReading& reading) {
                                  at(object, member) =
                                      NetworkSpec::parse(v, reading.layers, reading.diagnostics);
                                });
    table_.last().network = [member](void* object) { return &at(object, member); };
    return details;
  }
  /// Layers inside a layer: a list, or one entry; none by default.
  OptionDetails layers(const char* name, NetworkSpec T::*member) {
    OptionDetails details = add(name, OptionType::layers, Value::list(),
                                [member](void* object, const Value& v, const OptionReading& reading) {
                                  at(object, member) =
                                      NetworkSpec::parse_layers(v, reading.layers, reading.diagnostics);
                                });
    table_.last().network = [member](void* object) { return &at(object, member); };
    return details;
  }
  /// p(x | z) of a field: `bernoulli`, `{gaussian: shared}` and so on; see Likelihood.
  OptionDetails likelihood(const char* name, Likelihood T::*member, const char* default_value) {
    return add(name, OptionType::likelihood, Value::of(default_value),
               [member](void* object, const Value& v, const OptionReading& reading) {
                 at(object, member) = Likelihood::parse(v, reading.diagnostics);
               });
  }
  /// p(z) of a latent variable model: `standard`, `{mixture: {components: 10}}` and so on; see Prior.
  OptionDetails prior(const char* name, Prior T::*member, const char* default_value) {
    return add(name, OptionType::prior, Value::of(default_value),
               [member](void* object, const Value& v, const OptionReading& reading) {
                 at(object, member) = Prior::parse(v, reading.diagnostics);
               });
  }
  OptionDetails path(const char* name, std::filesystem::path T::*member, const std::string& default_value) {
    return add(
        name, OptionType::path, Value::of(default_value),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member) = v.text(); });
  }
  OptionDetails run(const char* name, RunReference T::*member) {
    OptionDetails details = add(
        name, OptionType::run, Value::of(""),
        [member](void* object, const Value& v, const OptionReading&) { at(object, member).path = v.text(); });
    table_.last().run = [member](void* object) { return &at(object, member); };
    return details;
  }

 private:
  template <class M>
  static M& at(void* object, M T::*member) {
    return static_cast<T*>(object)->*member;
  }
  template <class N>
  static Value list_of(const std::vector<N>& numbers) {
    Value list = Value::list();
    for (const N number : numbers) list.items().push_back(Value::of(number));
    return list;
  }
  static std::vector<double> numbers_of(const Value& list) {
    std::vector<double> numbers;
    for (const Value& item : list.items()) numbers.push_back(item.number());
    return numbers;
  }
  OptionDetails add(const char* name, OptionType type, Value default_value,
                    std::function<void(void*, const Value&, const OptionReading&)> assign) {
    Option option;
    option.name = name;
    option.type = type;
    option.default_value = std::move(default_value);
    option.assign = std::move(assign);
    return OptionDetails(table_.add(std::move(option)));
  }

  OptionTable& table_;
};

}  // namespace descent
