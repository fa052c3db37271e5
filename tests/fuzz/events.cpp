// events.jsonl, and JSON.
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::reads([&] {
    const Value value = runlog::parse_json(text, {"fuzz.json"});
    // What is written for -0.0 reads as a whole number.
    const std::string once = runlog::json(runlog::parse_json(runlog::json(value), {}));
    fuzz::require(runlog::json(runlog::parse_json(once, {})) == once,
                  "JSON that was written reads as what it was");
  });
  files.write(runlog::files::events, text);
  fuzz::reads([&] {
    const std::vector<runlog::Event> events = runlog::read_events(files.folder());
    files.remove(runlog::files::events);
    runlog::EventLog log(files.folder());
    for (const runlog::Event& event : events) log.write(event);
    const std::vector<runlog::Event> again = runlog::read_events(files.folder());
    fuzz::require(again.size() == events.size(), "every event that was written is read");
    for (std::size_t i = 0; i < events.size(); ++i)
      fuzz::require(again[i].step == events[i].step && again[i].message == events[i].message,
                    "an event that was written reads as what it was");
  });
  return 0;
}
