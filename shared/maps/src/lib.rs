//! Transform maps: parse, check, compile, apply.
//!
//! A map is a TOML file of rows `source` → `target`. It is compiled once and applied to every record; values that no
//! function touches are copied as the JSON text they arrived in.
//!
//! ```text
//! CompiledMap::load(file, text, &dyn SourceModel, &TargetModel, &Overrides) -> Result<CompiledMap, MapErrors>
//! MapDefinition::parse(file, text) -> Result<MapDefinition, MapErrors>       rows as data, for `map show`
//! CompiledMap::compile(&MapDefinition, &dyn SourceModel, &TargetModel, &Overrides) -> Result<CompiledMap, MapErrors>
//! CompiledMap::apply_document(&self, json: &str, out: &mut String) -> Result<Applied, RowFailure>
//! AnyDocument: SourceModel whose documents may have any field;  TargetModel::any(): any target
//! From<MapErrors> for Failure (MapInvalid);  RowFailure::reason(&self, key) -> String for a reject
//! ```
