#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "figure.hpp"
#include "figure_labels.hpp"
#include "short_texts.hpp"

namespace descent::program {
namespace {

constexpr double one_column = 9 * points_per_centimeter, two_columns = 18 * points_per_centimeter;
constexpr double line_height = 1.3;  // this and the next ones in units of the font's size
constexpr double margin = 0.5, title_scale = 1.15, subtitle_scale = 0.9, tick_gap = 0.7;
constexpr double heading_gap = 0.4;
constexpr double leader = 1.3;             // from a curve's end to its label
constexpr double least_room = 5;           // of a panel, in both directions
constexpr double widest_end_label = 0.32;  // share of the figure
constexpr double shades_gap = 1, shades_width = 1;
constexpr double near_the_end = 0.97;  // of the horizontal axis: a label beside it is understood

/// Lays out a figure, in points from the page's lower left corner.
class Page {
 public:
  Page(Figure figure, const FigureOptions& options) : figure_(std::move(figure)), font_(options.font_size) {
    const std::size_t count = figure_.panels.size();
    columns_ = count <= 3 ? count : count == 4 ? 2 : 3;
    rows_ = (count + columns_ - 1) / columns_;
    width_ = count == 1 ? one_column : two_columns;
    if (!options.size.empty()) size_ = size_of(options.size);
    if (size_) width_ = size_->width;
    shorten_names();
    title_ = lines_of(figure_.title, (width_ / font_ - 2 * margin) / title_scale);
    subtitle_ = lines_of(figure_.subtitle, (width_ / font_ - 2 * margin) / subtitle_scale);
    legend_ = figure_.curves;
    set_height();
    decide_labels();
    for (std::size_t i = 0; i < count; ++i)
      if (figure_.panels[i].same_scale) equalize(i);
  }

  Drawing drawing(const std::filesystem::path& file) {
    PageWriter writer(width_, height_, font_);
    write_heading(writer);
    std::string text =
        "set multiplot\nset tics nomirror out scale 0.4,0.2 tc rgb '" + std::string(text_color) + "'\n" +
        fmt::format("set border 3 lc rgb '{}' {}\nset grid xtics ytics lt 1 lc rgb '{}' {}\nunset key\n",
                    frame_color, gnuplot_width(frame_width), grid_color, gnuplot_width(frame_width));
    text += "set pointintervalbox 0\n";  // no gaps in bars
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) text += panel_commands(i, writer);
    // Labels and lines of the page are drawn with the last panel, the others have none.
    return {file, width_, height_, font_, text + last_plot(writer)};
  }

 private:
  struct Place {
    double left, right, bottom, top;
  };

  double em(double units) const { return units * font_; }

  LegendGrid grid_of(const std::vector<LegendEntry>& entries) const {
    return legend_grid(entries, width_ - em(2 * margin), font_);
  }

  // Names first, then what points mean, each in columns of its own.
  double heading_height() const {
    const double texts = static_cast<double>(title_.size()) * title_scale +
                         static_cast<double>(subtitle_.size()) * subtitle_scale +
                         static_cast<double>(grid_of(legend_).rows + grid_of(figure_.explanations).rows);
    return em(texts * line_height + margin + (texts > 0 ? heading_gap : 0));
  }

  double tick_labels_width(const Panel& panel) const {
    if (panel.bare) return 0;
    double widest = tick_gap;
    for (const FigureAxis::Tick& tick : panel.y.ticks(true, y_ticks()))
      widest = std::max(widest, text_width(tick.label) + tick_gap);
    return em(widest);
  }

  double panel_height() const {
    return (height_ - heading_height()) / static_cast<double>(rows_) - below() - em(margin);
  }
  double below() const {
    const Panel& panel = figure_.panels.front();
    if (panel.bare) return em(panel.x_label.empty() ? margin : 1.3 + margin);
    return em(2.9 + margin);
  }
  // As many as have room.
  static constexpr double shades_ticks = 4;
  double y_ticks() const { return std::clamp(panel_height() / em(2.2), 2.0, 7.0); }

  // Broken where it says which direction is better, if it is too long for the height.
  std::vector<std::string> y_label_lines(std::size_t index) const {
    const std::string& label = figure_.panels[index].y_label;
    const double width = std::max(8.0, panel_height() / font_ + 2);
    const std::size_t comma = label.rfind(", ");
    if (text_width(label) <= width || comma == std::string::npos) return lines_of(label, width);
    std::vector<std::string> lines = lines_of(label.substr(0, comma + 1), width);
    for (std::string& line : lines_of(label.substr(comma + 2), width)) lines.push_back(std::move(line));
    return lines;
  }

  Place place_of(std::size_t index) const {
    const Panel& panel = figure_.panels[index];
    const double cell = width_ / static_cast<double>(columns_);
    const double height = (height_ - heading_height()) / static_cast<double>(rows_);
    const std::size_t rows_above = index / columns_;
    const auto column = static_cast<double>(index % columns_), row = static_cast<double>(rows_above);
    const double left = column * cell + em(margin) +
                        em(static_cast<double>(y_label_lines(index).size()) * line_height) +
                        tick_labels_width(panel);
    const double top = height_ - heading_height() - row * height - em(margin);
    // The last tick's label reaches beyond the axis by half.
    const auto x_ticks = panel.x.ticks(true);
    const double overhang = x_ticks.empty() ? 0 : em(text_width(x_ticks.back().label)) / 2;
    const double right = (column + 1) * cell -
                         std::max(std::max(end_labels_width_, shades_room(panel)), overhang + em(margin));
    return {left, right, top - height + below() + em(margin), top};
  }

  // Widens one of the axes, so that a unit is as long on both.
  void equalize(std::size_t index) {
    Panel& panel = figure_.panels[index];
    const Place place = place_of(index);
    const double x = (panel.x.upper() - panel.x.lower()) / (place.right - place.left);
    const double y = (panel.y.upper() - panel.y.lower()) / (place.top - place.bottom);
    FigureAxis& shorter = x < y ? panel.x : panel.y;
    const double more = (std::max(x, y) / std::min(x, y) - 1) / 2;
    shorter.pad(more, more);
  }

  // Of the bar of shades, its numbers and its label.
  double shades_room(const Panel& panel) const {
    if (panel.shades.is_empty()) return 0;
    double widest = 0;
    for (const FigureAxis::Tick& tick : panel.shades.ticks(true, shades_ticks))
      widest = std::max(widest, text_width(tick.label));
    return em(shades_gap + shades_width + 0.6 + widest + line_height + margin);
  }

  std::string shades_commands(const Panel& panel, const Place& place, std::size_t column,
                              PageWriter& writer) const {
    if (panel.shades.is_empty()) return "";
    std::vector<std::string> ticks;
    for (const FigureAxis::Tick& tick : panel.shades.ticks(true, shades_ticks))
      ticks.push_back(fmt::format("{} {}", gnuplot_text(tick.label), tick.at));
    const double cell_end = static_cast<double>(column + 1) * width_ / static_cast<double>(columns_);
    writer.text(panel.shades_label, cell_end - em(margin + line_height / 2), (place.bottom + place.top) / 2,
                "center", text_color, 1, true);
    return fmt::format(
        "set cbrange [{}:{}]\nset cbtics ({}) scale 0 offset -0.6,0 tc rgb '{}'\nset colorbox user origin "
        "screen {:.5f}, screen {:.5f} "
        "size screen {:.5f}, screen {:.5f} noborder\n",
        panel.shades.lower(), panel.shades.upper(), join(ticks), text_color,
        writer.across(place.right + em(shades_gap)), writer.up(place.bottom), writer.across(em(shades_width)),
        writer.up(place.top - place.bottom));
  }

  void set_height() {
    const double cell = width_ / static_cast<double>(columns_);
    height_ = size_ ? size_->height : figure_.aspect * cell * static_cast<double>(rows_) + heading_height();
  }

  // To what has room in a legend.
  void shorten_names() {
    std::vector<std::string> names;
    for (const LegendEntry& entry : figure_.curves) names.push_back(entry.text);
    names =
        shortened_apart(names, (width_ - em(2 * margin) - legend_sample_width(font_)) / font_, text_width);
    for (std::size_t i = 0; i < names.size(); ++i) figure_.curves[i].text = names[i];
  }

  // Names stand beside the curves' ends where each has room and is near its curve; otherwise they are in the legend.
  void decide_labels() {
    check_room();
    if (figure_.panels.size() != 1 || figure_.curves.empty()) return;
    const Panel& panel = figure_.panels.front();
    if (panel.ends.size() != figure_.curves.size()) return;
    double widest = 0;
    for (const LegendEntry& entry : figure_.curves) widest = std::max(widest, em(text_width(entry.text)));
    const double room = em(leader + 0.9) + widest + em(margin);
    if (room > widest_end_label * width_) return;
    const std::vector<LegendEntry> all = legend_;
    legend_.clear();
    set_height();
    end_labels_width_ = room;
    const Place place = place_of(0);
    std::vector<double> wanted;
    bool near = true;
    for (const Panel::End& end : panel.ends) {
      near = near && panel.x.share_of(end.x) >= near_the_end && panel.x.shows(end.x) && panel.y.shows(end.y);
      wanted.push_back(place.bottom + panel.y.share_of(end.y) * (place.top - place.bottom));
    }
    const auto spread =
        near ? spread_apart(wanted, em(1.15), place.bottom, place.top, em(2.5)) : std::nullopt;
    if (spread) {
      end_labels_ = *spread;
      return;
    }
    legend_ = all;
    end_labels_width_ = 0;
    set_height();
  }

  void check_room() const {
    const Place place = place_of(0);
    const double wide = place.right - place.left, high = place.top - place.bottom;
    if (wide >= em(least_room) && high >= em(least_room)) return;
    throw Error(
        fmt::format("a picture of {:.3g}x{:.3g}cm has no room for what is drawn with a font of {:g} points; "
                    "give it a larger --size, or a smaller --font-size",
                    width_ / points_per_centimeter, height_ / points_per_centimeter, font_));
  }

  void write_heading(PageWriter& writer) const {
    double y = height_ - em(margin);
    const auto add = [&](const std::vector<std::string>& lines, double scale, const char* color) {
      for (const std::string& line : lines) {
        y -= em(scale * line_height);
        writer.text(line, em(margin), y + em(scale * line_height / 2), "left", color, scale);
      }
    };
    add(title_, title_scale, text_color);
    add(subtitle_, subtitle_scale, subtitle_color);
    for (const std::vector<LegendEntry>* entries : {&std::as_const(legend_), &figure_.explanations}) {
      const LegendGrid grid = grid_of(*entries);
      for (std::size_t i = 0; i < entries->size(); ++i) {
        const double x = em(margin) + static_cast<double>(i % grid.columns) * grid.column_width;
        const std::size_t row = i / grid.columns;
        writer.entry((*entries)[i], x, y - em(line_height) * (static_cast<double>(row) + 0.5),
                     width_ - x - em(margin));
      }
      y -= em(line_height) * static_cast<double>(grid.rows);
    }
  }

  std::string panel_commands(std::size_t index, PageWriter& writer) {
    const Panel& panel = figure_.panels[index];
    const Place place = place_of(index);
    const double middle = (place.left + place.right) / 2;
    writer.text(panel.x_label, middle, place.bottom - em(panel.bare ? 0.8 : 2.3), "center", text_color);
    const std::vector<std::string> lines = y_label_lines(index);
    const double cell = width_ / static_cast<double>(columns_) * static_cast<double>(index % columns_);
    for (std::size_t i = 0; i < lines.size(); ++i)
      writer.text(lines[i], cell + em(margin + line_height * (static_cast<double>(i) + 0.5)),
                  (place.bottom + place.top) / 2, "center", text_color, 1, true);
    write_end_labels(panel, place, writer);
    std::string text =
        shades_commands(panel, place, index % columns_, writer) +
        fmt::format(
            "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\nset bmargin at screen {:.5f}\n"
            "set tmargin at screen {:.5f}\n",
            writer.across(place.left), writer.across(place.right), writer.up(place.bottom),
            writer.up(place.top));
    write_tick_labels(panel, place, writer);
    text += panel.data + panel.x.commands(true, x_ticks(place), false) +
            panel.y.commands(true, y_ticks(), false) + panel.decoration;
    if (panel.bare) text += "unset border\nunset tics\nunset grid\n";
    if (index + 1 < figure_.panels.size()) return text + plot_of(panel) + panel_end;
    return text;
  }

  std::string last_plot(const PageWriter& writer) const {
    return writer.commands() + plot_of(figure_.panels.back()) + "unset multiplot\n";
  }

  static std::string plot_of(const Panel& panel) { return "plot " + join(panel.parts, ", \\\n  ") + "\n"; }

  double x_ticks(const Place& place) const {
    return std::clamp((place.right - place.left) / em(4.5), 2.0, 7.0);
  }

  // gnuplot's own lie at other distances in each kind of file.
  void write_tick_labels(const Panel& panel, const Place& place, PageWriter& writer) const {
    if (panel.bare) return;
    for (const FigureAxis::Tick& tick : panel.x.ticks(true, x_ticks(place)))
      writer.text(tick.label, place.left + panel.x.share_of(tick.at) * (place.right - place.left),
                  place.bottom - em(1), "center", text_color);
    for (const FigureAxis::Tick& tick : panel.y.ticks(true, y_ticks()))
      writer.text(tick.label, place.left - em(0.5),
                  place.bottom + panel.y.share_of(tick.at) * (place.top - place.bottom), "right", text_color);
  }

  void write_end_labels(const Panel& panel, const Place& place, PageWriter& writer) const {
    for (std::size_t i = 0; i < end_labels_.size(); ++i) {
      const LegendEntry& entry = figure_.curves[panel.ends[i].curve];
      const double x = place.left + panel.x.share_of(panel.ends[i].x) * (place.right - place.left);
      const double y = place.bottom + panel.y.share_of(panel.ends[i].y) * (place.top - place.bottom);
      const double beside = place.right + em(leader);
      writer.line(x + em(0.2), y, beside, end_labels_[i],
                  fmt::format("lc rgb '{}' {}", entry.color, gnuplot_width(thin_width)));
      if (entry.point > 0) writer.point(beside, end_labels_[i], entry.point, entry.color, entry.hollow);
      writer.text(entry.text, beside + em(0.7), end_labels_[i], "left", text_color);
    }
  }

  static constexpr const char* panel_end = "unset label\nunset arrow\n";

  Figure figure_;
  std::optional<FigureSize> size_;  // asked for
  double font_, width_ = 0, height_ = 0;
  std::size_t columns_ = 1, rows_ = 1;
  std::vector<std::string> title_, subtitle_;
  std::vector<LegendEntry> legend_;
  std::vector<double> end_labels_ = {};  // heights
  double end_labels_width_ = 0;
};

}  // namespace

Drawing picture_of(const Figure& figure, const FigureOptions& options, const std::filesystem::path& file) {
  return Page(figure, options).drawing(file);
}

}  // namespace descent::program
