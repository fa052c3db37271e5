# Writes OUTPUT, C++ that holds every file below FOLDER: what `descent new` makes its folders of.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*.in ${FOLDER}/.*.in)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  file(READ ${FOLDER}/${file} text)
  string(REGEX REPLACE "\\.in$" "" name "${file}")
  string(APPEND entries "      {\"${name}\", R\"template(${text})template\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"templates.hpp\"

namespace descent::program {

std::span<const Template> templates() {
  static constexpr Template all[] = {
${entries}  };
  return all;
}

}  // namespace descent::program
")
