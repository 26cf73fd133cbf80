using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

public sealed class ModelSlotTests
{
    [Fact]
    public void Leases_are_given_only_in_ready()
    {
        ModelSlot<FakeModel> slot = Slot();
        Assert.Equal(SlotState.Loading, slot.State);
        Assert.False(slot.TryLease());
        Assert.False(slot.TryDrain());

        slot.Publish(new FakeModel("/a")).Dispose();
        Assert.Equal(SlotState.Ready, slot.State);
        Assert.True(slot.TryLease());
        Assert.Equal(1, slot.Leases);

        Assert.True(slot.TryDrain());
        Assert.Equal(SlotState.Draining, slot.State);
        Assert.False(slot.TryLease());
        Assert.False(slot.TryDrain());

        slot.ReturnLease();
        Assert.Equal(SlotState.Gone, slot.State);
        Assert.False(slot.TryLease());
        Assert.False(slot.TryDrain());
        Assert.Null(slot.Model);
    }

    [Fact]
    public void It_is_removed_from_the_table_after_the_model_is_closed_and_before_closed_completes()
    {
        var model = new FakeModel("/a");
        int removals = 0;
        ModelSlot<FakeModel> slot = null!;
        slot = new ModelSlot<FakeModel>("a", "/a")
        {
            Remove = removed =>
            {
                removals++;
                Assert.Same(slot, removed);
                Assert.Equal(1, model.Disposals);
                Assert.False(slot.Closed.IsCompleted);
            },
        };
        slot.Publish(model).Dispose();

        Assert.True(slot.TryDrain());

        Assert.True(slot.Closed.IsCompletedSuccessfully);
        Assert.Equal(1, removals);
    }

    [Fact]
    public void A_failed_load_completes_loaded_and_closed()
    {
        ModelSlot<FakeModel> slot = Slot();

        slot.Fail(new InferenceError(InferenceErrorKind.InvalidModel, "broken"));

        Assert.Equal(SlotState.Gone, slot.State);
        Assert.True(slot.Loaded.IsCompletedSuccessfully);
        Assert.True(slot.Closed.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Between_the_unload_and_the_last_leases_the_model_is_closed_exactly_once()
    {
        const int Rounds = 20_000;
        const int Users = 2;
        ModelSlot<FakeModel>[] slots = [.. Enumerable.Range(0, Rounds).Select(_ => Slot())];
        FakeModel[] models = [.. slots.Select(slot => new FakeModel(slot.Path))];
        for (int i = 0; i < Rounds; i++) slots[i].Publish(models[i]).Dispose();
        using var barrier = new Barrier(Users + 1);

        Task[] users = [.. Enumerable.Range(0, Users).Select(_ => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                foreach (ModelSlot<FakeModel> slot in slots)
                {
                    if (!slot.TryLease()) continue;
                    slot.Model!.Use();
                    slot.ReturnLease();
                }
            },
            TaskCreationOptions.LongRunning))];
        Task unloader = Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                foreach (ModelSlot<FakeModel> slot in slots) Assert.True(slot.TryDrain());
            },
            TaskCreationOptions.LongRunning);
        await Task.WhenAll([.. users, unloader]).InTime();

        Assert.All(slots, slot => Assert.True(slot.Closed.IsCompletedSuccessfully));
        Assert.All(models, model => Assert.Equal((1, 0), (model.Disposals, model.Faults)));
    }

    private static ModelSlot<FakeModel> Slot() => new("a", "/a") { Remove = _ => { } };
}
