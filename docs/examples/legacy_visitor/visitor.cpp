// SPDX-License-Identifier: MIT OR Apache-2.0
#include "visitor.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <utility>

namespace legacy_visitor {
namespace {

/// Each level of a document is some calls deep on the stack of the parser, and none but the
/// author of the file decides how many there are.
constexpr int deepest = 200;

/// Shorter names resemble each other by chance.
constexpr std::size_t shortest = 6;

class name_visitor : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, name_visitor> {
public:
  name_visitor(std::string_view key, name_service& names) : key_(key), names_(names) {}

  bool Default() { return other_value(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    wanted_ = std::string_view(text, size) == key_;
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (std::exchange(wanted_, false)) {
      const std::string_view name(text, size);
      ++result.names;
      if (size < shortest) return true;
      // Here the parser stands, all of its levels on the stack, until there is an answer.
      const similar found = names_.ask(name);
      if (found.count != 0) result.findings.push_back({std::string(name), found});
    }
    return true;
  }
  bool StartObject() { return down(); }
  bool EndObject(rapidjson::SizeType) { return up(); }
  bool StartArray() { return down(); }
  bool EndArray(rapidjson::SizeType) { return up(); }

  bool too_deep() const { return depth_ > deepest; }

  file_result result;

private:
  bool other_value() {
    wanted_ = false;
    return true;
  }
  bool down() { return other_value() && ++depth_ <= deepest; }
  bool up() {
    --depth_;
    return true;
  }

  std::string_view key_;
  name_service& names_;
  bool wanted_ = false;  // the next value is that of key_
  int depth_ = 0;
};

}  // namespace

file_result visit(const json_file& file, std::string_view key, name_service& names) {
  rapidjson::MemoryStream text(file.text.data(), file.text.size());
  name_visitor visitor(key, names);
  rapidjson::Reader parser;
  const rapidjson::ParseResult end =
      parser.Parse<rapidjson::kParseValidateEncodingFlag>(text, visitor);
  if (end.IsError()) {
    visitor.result.problem =
        "byte " + std::to_string(end.Offset()) + ": " +
        (visitor.too_deep() ? "nested deeper than " + std::to_string(deepest) + " levels"
                            : std::string(rapidjson::GetParseError_En(end.Code())));
  }
  return std::move(visitor.result);
}

}  // namespace legacy_visitor
