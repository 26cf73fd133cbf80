using Thaw.ColdLoad.Density;

namespace Thaw.UnitTests.Bench;

public sealed class AnswersTests
{
    private readonly Answers _answers = new();

    [Fact]
    public void Models_with_different_and_repeatable_answers_are_right()
    {
        Add("a", 1, 2);
        Add("b", 1, 3);
        Add("a", 1, 2.0000001f);
        Assert.Equal(0, _answers.Wrong);
    }

    [Fact]
    public void A_model_that_answers_like_another_one_is_wrong()
    {
        Add("a", 1, 2);
        Add("b", 1, 2);
        Assert.Equal(1, _answers.Wrong);
    }

    [Fact]
    public void A_model_that_changes_its_answer_is_wrong()
    {
        Add("a", 1, 2);
        Add("a", 1, 2.5f);
        Assert.Equal(1, _answers.Wrong);
    }

    [Fact]
    public void Models_whose_first_logits_are_alike_may_differ_in_others()
    {
        Add("a", 1, 2);
        Add("b", 1.0005f, 4);
        Add("c", 1.0001f, 2.0001f);
        Assert.Equal(1, _answers.Wrong);
    }

    [Fact]
    public void A_model_must_give_the_answer_that_is_expected_of_it()
    {
        _answers.Expect("a", [1, 2]);
        _answers.Expect("b", [1, 3]);
        Add("a", 1, 2.0000001f);
        Assert.Equal(0, _answers.Wrong);
        Add("b", 1, 2);
        Assert.Equal(1, _answers.Wrong);
    }

    private void Add(string model, float first, float second) =>
        _answers.Add(model, FormattableString.Invariant($$"""[{"label":"LABEL_0","score":{{first}}},{"label":"LABEL_1","score":{{second}}}]"""));
}
