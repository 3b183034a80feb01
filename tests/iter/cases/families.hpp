// SPDX-License-Identifier: MIT OR Apache-2.0
// The cases, by family. All of them together are the list.
#pragma once

#include "case_list.hpp"

namespace micropool_test {

void add_adaptors_of_items(case_list&);
void add_algorithms(case_list&);
void add_consumers_of_items(case_list&);
void add_consumers_of_order(case_list&);
void add_consumers_of_places(case_list&);
void add_consumers_of_values(case_list&);
void add_settings_and_errors(case_list&);
void add_sources(case_list&);
void add_sources_of_pieces(case_list&);
void add_adaptors_of_positions(case_list&);
void add_adaptors_of_sequences(case_list&);

}  // namespace micropool_test
