// IValue with what holds values, List and Dict, and how archives keep them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_map>

#include "error_of.h"
#include "lampas/lampas.h"

namespace {

using namespace lampas;
using namespace lampas::serialize;

std::string text(const IValue& v) {
  std::ostringstream out;
  out << v;
  return out.str();
}

InputArchive reread(const OutputArchive& out) {
  std::stringstream file;
  out.save_to(file);
  InputArchive in;
  in.load_from(file);
  return in;
}

TEST(Values, WhatHoldsValuesComesBack) {
  const IValue betas = std::make_tuple(0.9, 0.999);
  EXPECT_TRUE(betas.isTuple());
  EXPECT_EQ((betas.to<std::tuple<double, double>>()), std::make_tuple(0.9, 0.999));
  EXPECT_EQ((IValue(std::make_pair(1, "x")).to<std::pair<int64_t, std::string>>()),
            std::make_pair(int64_t{1}, std::string("x")));
  EXPECT_ERROR((betas.to<std::tuple<double>>()), "Expected a tuple of 1 values but got 2");
  EXPECT_ERROR((betas.to<std::tuple<double, std::string>>()), "Expected String but got Double");

  EXPECT_TRUE(IValue(std::optional<int64_t>()).isNone() && IValue(std::nullopt).isNone());
  EXPECT_EQ(IValue(std::optional<int64_t>(4)).toOptional<int64_t>(), 4);
  EXPECT_EQ(IValue().to<std::optional<std::string>>(), std::nullopt);
  EXPECT_EQ(IValue(3).to<int>(), 3);
  EXPECT_EQ(IValue(0.5).to<float>(), 0.5f);
  EXPECT_ERROR(IValue(0.5).to<int>(), "Expected Int but got Double");

  const std::vector<std::string> names{"a", "b"};
  EXPECT_EQ(IValue(names).to<std::vector<std::string>>(), names);
  EXPECT_EQ(IValue(std::vector<bool>{true, false}).to<std::vector<bool>>(), (std::vector<bool>{true, false}));
  const std::vector<std::vector<int64_t>> nested{{1, 2}, {}, {3}};
  EXPECT_EQ(IValue(nested).to<std::vector<std::vector<int64_t>>>(), nested);
  const std::unordered_map<std::string, double> rates{{"a", 0.1}, {"b", 0.2}};
  EXPECT_EQ((IValue(rates).to<std::unordered_map<std::string, double>>()), rates);
  EXPECT_EQ(IValue("hello").toStringView(), "hello");
  EXPECT_EQ(IValue("hello").toString()->string(), "hello");
}

TEST(Values, ListsKnowTheirElements) {
  EXPECT_TRUE(IValue(std::vector<Tensor>()).isTensorList() && !IValue(std::vector<Tensor>()).isIntList());
  EXPECT_TRUE(IValue(std::vector<double>{1}).isDoubleList() && IValue(std::vector<int64_t>()).isIntList());
  EXPECT_TRUE(IValue(std::vector<bool>()).isBoolList());
  EXPECT_TRUE(IValue(IValue::List{1, 2}).isIntList());
  EXPECT_FALSE(IValue(IValue::List{1, 2.5}).isIntList() || IValue(IValue::List{}).isIntList());
  EXPECT_FALSE(IValue::tuple({1, 2}).isIntList() || IValue(1).isIntList());
}

TEST(Values, AListIsShared) {
  List<int64_t> list({3, 1, 2});
  const List<int64_t> same = list, other = list.copy();
  list.push_back(7);
  list[0] = 5;
  list[1] = list[2];
  EXPECT_EQ(same.vec(), (std::vector<int64_t>{5, 2, 2, 7}));
  EXPECT_EQ(other.vec(), (std::vector<int64_t>{3, 1, 2}));
  EXPECT_TRUE(same.is(list) && !other.is(list) && same == list && other != list);
  int64_t sum = 0;
  for (int64_t v : list) sum += v;
  EXPECT_EQ(sum, 16);
  list.erase(list.insert(list.begin() + 1, 9) + 1);
  list.append(other);
  EXPECT_EQ(list.vec(), (std::vector<int64_t>{5, 9, 2, 7, 3, 1, 2}));
  list.resize(8, 4);
  list.pop_back();
  EXPECT_EQ(list.end() - list.begin(), 7);
  EXPECT_THROW(list.get(7), std::out_of_range);
  EXPECT_THROW(list[7], std::out_of_range);
  list.clear();
  EXPECT_TRUE(list.empty() && same.empty());

  const IValue value = std::vector<double>{1, 2};
  value.toDoubleList().push_back(3);
  EXPECT_EQ(value.toDoubleVector().size(), 3U);
  EXPECT_ERROR(IValue(1).toList(), "Expected GenericList but got Int");
  EXPECT_ERROR(value.toTensorList().get(0), "Expected Tensor but got Double");
  const List<Tensor> tensors({ones({2})});
  const Tensor first = tensors[0];
  EXPECT_TRUE(first.is_same(tensors.get(0)));
}

TEST(Values, ADictKeepsItsOrder) {
  Dict<std::string, Tensor> dict;
  const Tensor a = ones({2}), b = zeros({3});
  EXPECT_TRUE(dict.insert("b", b).second && dict.insert("a", a).second);
  const auto [at, is_new] = dict.insert("b", a);
  EXPECT_TRUE(!is_new && at->key() == "b" && at->value().is_same(b));
  std::string keys;
  for (auto& entry : dict) keys += entry.key();
  EXPECT_EQ(keys, "ba");
  dict.insert_or_assign("b", a);
  EXPECT_TRUE(dict.at("b").is_same(a) && dict.contains("a") && dict.find("c") == dict.end());
  EXPECT_THROW(dict.at("c"), std::out_of_range);
  const auto same = dict, other = dict.copy();
  EXPECT_EQ(dict.erase("b"), 1U);
  EXPECT_EQ(dict.erase("b"), 0U);
  EXPECT_TRUE(same.size() == 1 && other.size() == 2 && same == dict && other != dict);
  dict.find("a")->setValue(b);
  EXPECT_TRUE(same.at("a").is_same(b));

  const IValue value = dict;
  for (const auto& entry : value.toGenericDict()) EXPECT_EQ(entry.key().toStringRef(), "a");
  EXPECT_TRUE(value.toGenericDict().at("a").toTensor().is_same(b));
  const IValue back = pickle_load(pickle_save(value));
  EXPECT_TRUE(equal((back.to<Dict<std::string, Tensor>>().at("a")), b));
}

TEST(Values, TuplesGiveElements) {
  const IValue v = std::make_tuple(ones({2}), 4, "x");
  const auto tuple = v.toTuple();
  EXPECT_EQ(tuple->size(), 3U);
  EXPECT_EQ(v.toTupleRef().elements()[1].toInt(), 4);
  EXPECT_EQ(tuple->elements()[2].toStringRef(), "x");
  EXPECT_EQ(IValue(ivalue::Tuple::create({1, 2})), IValue::tuple({1, 2}));
  EXPECT_ERROR(IValue(std::vector<int64_t>{1}).toTuple(), "Expected Tuple but got GenericList");
}

TEST(Values, PrintAsLibTorchPrintsThem) {
  EXPECT_EQ(text({}), "None");
  EXPECT_EQ(text(true), "True");
  EXPECT_EQ(text(3), "3");
  EXPECT_EQ(text(3.0), "3.");
  EXPECT_EQ(text(-3.0), "-3.");
  EXPECT_EQ(text(1e10), "10000000000.");
  EXPECT_EQ(text(0.1), "0.10000000000000001");
  EXPECT_EQ(text("text"), "text");
  EXPECT_EQ(text(std::vector<double>{1, 2.5}), "[1., 2.5]");
  EXPECT_EQ(text(std::make_tuple(1, 2.5, "x")), "(1, 2.5, x)");
  EXPECT_EQ(text(std::make_tuple(1)), "(1,)");
  EXPECT_EQ(text(std::unordered_map<std::string, int64_t>{{"k", 1}}), "{k: 1}");
}

TEST(Values, AnArchiveKeepsThem) {
  const Tensor t = arange(3);
  OutputArchive out;
  out("rates", IValue(std::vector<double>{0.1, 0.2}));
  out("steps", IValue(std::vector<int64_t>{1, 2}));
  out("betas", IValue(std::make_tuple(0.9, 0.999)));
  out("mixed", IValue::tuple({1, 0.5, "x", true, IValue(), t}));
  out("empty", IValue(std::vector<Tensor>()));
  out("tensors", IValue(std::vector<Tensor>{t, t + 1}));
  out("nested", IValue(std::vector<std::vector<int64_t>>{{1, 2}, {}, {3}}));
  out("none", IValue());
  out("dict", IValue(IValue::Dict{{"a", 1}, {"b", IValue::Dict{{"c", "d"}}}, {"e", std::vector<double>{1}}}));
  out("tensor", t);
  OutputArchive inner;
  inner.write("list", IValue(std::vector<int64_t>{5}));
  out("inner", inner);

  InputArchive in = reread(out);
  IValue v;
  for (const auto& [key, expected] :
       std::map<std::string, std::string>{{"rates", "[0.10000000000000001, 0.20000000000000001]"},
                                          {"steps", "[1, 2]"},
                                          {"betas", "(0.90000000000000002, 0.999)"},
                                          {"empty", "[]"},
                                          {"nested", "[[1, 2], [], [3]]"},
                                          {"none", "None"},
                                          {"dict", "{a: 1, b: {c: d}, e: [1.]}"}}) {
    in(key, v);
    EXPECT_EQ(text(v), expected) << key;
  }
  in("mixed", v);
  ASSERT_EQ(v.toTuple()->size(), 6U);
  EXPECT_TRUE(v.toTupleRef().elements()[4].isNone() && equal(v.toTupleRef().elements()[5].toTensor(), t));
  in("tensors", v);
  EXPECT_TRUE(v.isTensorList() && equal(v.toTensorVector()[1], t + 1));
  InputArchive nested;
  in("inner", nested);
  nested("list", v);
  EXPECT_EQ(text(v), "[5]");
  Tensor back;
  in("tensor", back);
  EXPECT_TRUE(equal(back, t));
  auto keys = in.keys();
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, (std::vector<std::string>{"betas", "dict", "empty", "inner", "mixed", "nested", "none", "rates",
                                            "steps", "tensor", "tensors"}));
  EXPECT_FALSE(in.try_read("absent", v));
}

TEST(Values, ArchivesRefuseWhatTheyCannotKeep) {
  OutputArchive out;
  EXPECT_ERROR(out.write("d", IValue(IValue::Dict{{1, 2}})),
               "keys of a dictionary must be texts without dots, got Int");
  EXPECT_ERROR(out.write("e", IValue(IValue::Dict{{"a.b", 2}})), "got a.b");
  EXPECT_ERROR(out.write("l", IValue(std::vector<Tensor>{Tensor()})), "is undefined");
  out.write("once", IValue(std::vector<int64_t>{1}));
  EXPECT_ERROR(out.write("once", IValue(std::vector<int64_t>{1})), "was written before");
}

TEST(Values, MarksOfAFileAreChecked) {
  const auto read = [](const std::string& key, const TensorFile& file) {
    std::stringstream bytes;
    save_safetensors(bytes, file);
    InputArchive in;
    in.load_from(bytes);
    IValue v;
    in.read(key, v);
    return v;
  };
  EXPECT_ERROR(read("a", {{}, {{"a@kind", "heap"}}}), "\"a\" is of an unknown kind, 'heap'");
  EXPECT_ERROR(read("a", {{{"a", ones({2, 2}, kDouble)}}, {{"a@kind", "list"}}}), "a list of numbers was expected");
  EXPECT_ERROR(read("a", {{}, {{"a@kind", "dict\nb"}}}), "\"a\" has no value for 'b'");
  EXPECT_ERROR(read("a", {{{"a", ones({2})}}, {{"a@kind", "tuple"}}}), "a list of numbers was expected");
  TensorFile deep;
  std::string key = "a";
  for (int k = 0; k < 1000; ++k, key += ".0") deep.metadata.emplace_back(key + "@kind", "list");
  EXPECT_ERROR(read("a", deep), "is nested more than 100 times");
}

TEST(Archive, VectorsGrowByWhatIsLoaded) {
  std::stringstream one, two;
  save(std::vector<Tensor>{ones({1}), ones({2})}, one);
  save(std::vector<Tensor>{ones({3})}, two);
  std::vector<Tensor> all;
  load(all, one);
  load(all, two);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].numel(), 3);
}

}  // namespace
