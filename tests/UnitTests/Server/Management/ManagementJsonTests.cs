using System.Text.Json;
using Thaw.Server.Management;

namespace Thaw.UnitTests.Server.Management;

/// <summary>The key names and shapes of SageMaker's multi-model contract.</summary>
public sealed class ManagementJsonTests
{
    [Fact]
    public void A_list_has_the_contracts_keys_and_a_token_only_when_more_follows()
    {
        var models = new[] { new ListedModel("a", "/m") };

        Assert.Equal("""{"models":[{"modelName":"a","modelUrl":"/m"}]}""", Json(new ListResponse(models, null)));
        Assert.Equal("""{"models":[{"modelName":"a","modelUrl":"/m"}],"nextPageToken":"t"}""", Json(new ListResponse(models, "t")));
        Assert.Equal("""{"models":[]}""", Json(new ListResponse([], null)));

        static string Json(ListResponse response) => JsonSerializer.Serialize(response, ManagementJson.Default.ListResponse);
    }

    [Fact]
    public void A_load_request_has_snake_case_keys()
    {
        LoadRequest? request = JsonSerializer.Deserialize("""{"model_name":"a","url":"/m","more":[1]}""", ManagementJson.Default.LoadRequest);

        Assert.Equal(new LoadRequest("a", "/m"), request);
        Assert.Equal(new LoadRequest(null, null), JsonSerializer.Deserialize("""{"modelName":"a","URL":"/m"}""", ManagementJson.Default.LoadRequest));
    }

    [Fact]
    public void A_state_is_a_small_object() =>
        Assert.Equal("""{"status":"ok"}""", JsonSerializer.Serialize(new StatusResponse("ok"), ManagementJson.Default.StatusResponse));
}
