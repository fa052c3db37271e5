#include "figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "output.hpp"
#include "short_texts.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

void set(std::string& text, const std::vector<std::string>& said, std::size_t index) {
  if (!said.empty()) text = said[std::min(index, said.size() - 1)];
}

// Without the signs that figures write, where they cannot be shown.
std::string shown(std::string text, bool unicode) {
  using Sign = std::pair<std::string_view, std::string_view>;
  for (const auto& [sign, instead] : {Sign{"−", "-"}, Sign{"±", "+-"}, Sign{"×", "x"}, Sign{"…", ".."}})
    for (std::size_t at = text.find(sign); !unicode && at != std::string::npos; at = text.find(sign))
      text.replace(at, sign.size(), instead);
  return text;
}

}  // namespace

LegendEntry entry_of_curve(std::size_t index, const std::string& text, bool line, bool point) {
  return {text, curve_color(index), curve_dash(index), line, point ? curve_shape(index) : 0};
}

void apply(const FigureOptions& options, Figure& figure) {
  if (!options.title.empty()) figure.title = options.title.back();
  std::vector<std::string> names;
  for (const LegendEntry& entry : figure.curves) names.push_back(entry.text);
  names = renamed(names, options.labels);
  for (std::size_t i = 0; i < names.size(); ++i) figure.curves[i].text = names[i];
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    Panel& panel = figure.panels[i];
    set(panel.x_label, options.x_labels, i);
    set(panel.y_label, options.y_labels, i);
  }
}

void print_figure(const Figure& figure) {
  const Terminal terminal = terminal_of(stdout);
  constexpr std::string_view characters = "*#$%@&=";  // of gnuplot's line types
  if (!figure.title.empty()) print("{}\n", terminal.bold(shown(figure.title, terminal.unicode)));
  for (const Panel& panel : figure.panels) {
    Drawing drawing{{}, static_cast<double>(terminal.width()), 0, 0, panel.data};
    drawing.height = std::clamp(terminal.width() / 4, 16, 36);
    drawing.commands += panel.x.commands(terminal.unicode) + panel.y.commands(terminal.unicode);
    drawing.commands +=
        fmt::format("unset key\nset xlabel {}\nset title {}\nplot {}\n",
                    gnuplot_text(shown(panel.x_label, terminal.unicode)),
                    gnuplot_text(shown(panel.y_label, terminal.unicode)), join(panel.parts, ", "));
    draw(drawing);
  }
  std::vector<std::string> names;
  for (const LegendEntry& entry : figure.curves) names.push_back(shown(entry.text, terminal.unicode));
  names = shortened_apart(
      names, terminal.width() - 8,
      [](const std::string& text) { return static_cast<double>(display_width(text)); },
      terminal.unicode ? "…" : "..");
  for (std::size_t i = 0; i < names.size(); ++i)
    print("  {}  {}\n", std::string(4, characters[i % characters.size()]), names[i]);
  for (const LegendEntry& entry : figure.explanations) print("  x     {}\n", entry.text);
  if (!figure.subtitle.empty()) print("{}\n", shown(figure.subtitle, terminal.unicode));
}

}  // namespace descent::program
