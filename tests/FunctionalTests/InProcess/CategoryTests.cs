using System.Reflection;
using Xunit.Sdk;

namespace Thaw.FunctionalTests.InProcess;

/// <summary>
/// The trait <c>Category</c> says what a test class needs, and <c>dotnet test --filter Category=…</c> selects by it: <c>binary</c> starts the published
/// binary, <c>inprocess</c> never does, and <c>image</c> marks those of <c>binary</c> that <c>make image-check</c> runs in the image's file system too.
/// </summary>
[Trait("Category", "inprocess")]
public sealed class CategoryTests
{
    private static readonly Type[] Classes = [.. typeof(CategoryTests).Assembly.GetTypes().Where(type => Methods(type).Any())];

    [Fact]
    public void Every_class_is_binary_or_inprocess_and_some_of_the_binary_ones_image()
    {
        Assert.NotEmpty(Classes);
        foreach (Type type in Classes)
        {
            string categories = string.Join(" and ", CategoriesOf(type));
            Assert.True(
                categories is "binary" or "binary and image" or "inprocess",
                $"{type.FullName} has the categories '{categories}'. "
                + "Give it [Trait(\"Category\", …)] with \"binary\", with \"binary\" and \"image\", or with \"inprocess\".");
        }

        Assert.Contains(Classes, type => CategoriesOf(type).Contains("image"));
    }

    [Fact]
    public void The_folder_InProcess_holds_the_inprocess_classes_and_no_others()
    {
        foreach (Type type in Classes)
        {
            bool isInFolder = (type.Namespace + ".").StartsWith(typeof(CategoryTests).Namespace + ".", StringComparison.Ordinal);
            Assert.True(
                CategoriesOf(type).Contains("inprocess") == isInFolder,
                $"{type.FullName}: the folder InProcess is for the category inprocess, all others are for binary. Move the class or change its category.");
        }
    }

    [Fact]
    public void A_category_belongs_to_a_class_as_a_whole()
    {
        foreach (MethodInfo method in Classes.SelectMany(Methods))
            Assert.True(!CategoriesOf(method).Any(), $"{method.DeclaringType}.{method.Name} has a category of its own. Move it to a class of that category.");
    }

    private static IEnumerable<MethodInfo> Methods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(method => method.IsDefined(typeof(FactAttribute)));

    private static IEnumerable<string> CategoriesOf(MemberInfo member) =>
        TraitHelper.GetTraits(member).Where(trait => trait.Key == "Category").Select(trait => trait.Value).Order(StringComparer.Ordinal);
}
